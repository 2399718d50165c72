using FaceId.Application.Faces;
using FaceId.Domain.Faces;

namespace FaceId.Infrastructure.Search;

/// <summary>Where a <see cref="FaceGallery"/> keeps the faces, and how it searches them.</summary>
internal interface IGalleryEngine
{
    /// <summary>How the setting <c>FaceId:Search</c> names it.</summary>
    string Name { get; }

    /// <summary>Readies what it needs of the database.</summary>
    /// <exception cref="Configuration.StartupException">The database cannot have it; the message says what to do.</exception>
    Task PrepareAsync(CancellationToken cancellationToken);

    /// <param name="progress">Called with the share of faces that is loaded.</param>
    Task<IGalleryFaces> LoadAsync(Action<double> progress, CancellationToken cancellationToken);

    /// <summary>Ends what the engine holds open.</summary>
    ValueTask CloseAsync();
}

/// <summary>All faces. One thread keeps them level with the database; any number search.</summary>
internal interface IGalleryFaces
{
    int People { get; }

    int Faces { get; }

    int SetAside { get; }

    bool HasRoom { get; }

    /// <summary>Whether there was room for all.</summary>
    bool IsWhole { get; }

    /// <summary>Brings in whatever was committed before the call.</summary>
    /// <returns>False when they must be loaded anew.</returns>
    Task<bool> FollowAsync(CancellationToken cancellationToken);

    /// <returns>For each probe its matches; null when the faces must be loaded anew.</returns>
    Task<IReadOnlyList<IReadOnlyList<GalleryMatch>>?> SearchAsync(IReadOnlyList<FaceOpinions> probes, GalleryQuery query, CancellationToken cancellationToken);
}
