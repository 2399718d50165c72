using ErrorOr;
using FaceId.Domain.Faces;

namespace FaceId.Application.Faces;

/// <summary>All enrolled faces, and the search for the nearest. A face that is erased in the database is never found again.</summary>
public interface IFaceGallery
{
    /// <summary>What searches: <c>memory</c>, which is exact, or <c>pgvector</c>, which may miss somebody.</summary>
    string Engine { get; }

    GalleryState State { get; }

    /// <summary>Begins to load the faces, once the database is there. Returns when they are loaded, or after a moment while loading goes on.</summary>
    Task OpenAsync(CancellationToken cancellationToken);

    /// <summary>Says that this server has just committed a change of faces: searches that begin after this know of it.</summary>
    void Changed();

    /// <summary>Finds the people nearest to each probe, by the nearest of their faces.</summary>
    /// <returns>
    /// For each probe its matches, the nearest first; or one of <see cref="GalleryErrors"/> when not all faces are known, for nobody may be
    /// called unknown then.
    /// </returns>
    Task<ErrorOr<IReadOnlyList<IReadOnlyList<GalleryMatch>>>> SearchAsync(
        IReadOnlyList<FaceOpinions> probes, GalleryQuery query, CancellationToken cancellationToken);
}

/// <param name="Limit">How many people at most, for each probe.</param>
/// <param name="Except">A person who is not looked for.</param>
/// <param name="Inactive">Whether people are looked for whose account is deactivated.</param>
/// <param name="Latest">Whether everything must be known that was committed before the call, on whatever server.</param>
public sealed record GalleryQuery(int Limit, GalleryReach Reach, int? Except = null, bool Inactive = false, bool Latest = false);

/// <summary>How near a match must be: less than these distances.</summary>
/// <param name="Fused">Of templates.</param>
/// <param name="Dlib">Of dlib's vectors, where a face has nothing else.</param>
public sealed record GalleryReach(double Fused, double Dlib)
{
    public double Of(string model) => model == FaceModels.Fused ? Fused : Dlib;

    /// <summary>By which matches of different models are put in order.</summary>
    public double Share(FaceDistance distance) => distance.Value / Of(distance.Model);
}

public sealed record GalleryMatch(int FaceId, int UserId, string Name, FaceDistance Distance);

/// <param name="Loaded">The share of faces that is loaded, 0 to 1.</param>
/// <param name="SetAside">Faces that cannot be read, and so cannot be found.</param>
/// <param name="HasRoom">Whether more faces may be enrolled.</param>
public sealed record GalleryState(GalleryCondition Condition, double Loaded, int People, int Faces, int SetAside, bool HasRoom)
{
    public bool CanSearch => Condition == GalleryCondition.Current;
}

public enum GalleryCondition
{
    Loading,

    /// <summary>Every face is known that was enrolled more than a moment ago.</summary>
    Current,

    /// <summary>Changes of the database have not been heard for too long.</summary>
    Behind,

    /// <summary>There are more faces than may be kept in memory.</summary>
    Full,
}
