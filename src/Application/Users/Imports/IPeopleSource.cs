using ErrorOr;
using FaceId.Domain.Faces;
using FaceId.Domain.Users;

namespace FaceId.Application.Users.Imports;

/// <summary>People and their faces as another system wrote them down, read once from the beginning to the end.</summary>
public interface IPeopleSource
{
    /// <summary>The same for the same content, so that a broken import can go on; null when it cannot be read again.</summary>
    string? Identity { get; }

    /// <param name="skip">How many entries at the beginning are done already.</param>
    /// <exception cref="ImportSourceException">It cannot be read at all, or no further.</exception>
    IAsyncEnumerable<PeopleBatch> ReadAsync(long skip, CancellationToken cancellationToken);
}

/// <param name="Through">How many entries of the source have been read with this batch.</param>
/// <param name="Share">How much of the source that is, 0 to 1; null when nobody knows its size.</param>
public sealed record PeopleBatch(IReadOnlyList<PersonEntry> Entries, long Through, double? Share);

/// <summary>One entry: whom it tells of, or why it cannot be understood.</summary>
/// <param name="Line">Where it begins, from 1.</param>
public sealed record PersonEntry(long Line, ErrorOr<ImportedPerson> Person);

/// <param name="Name">Null when it tells none: then an account that there is keeps its own, and a new one gets the first part of the address.</param>
public sealed record ImportedPerson(
    Email Email, PersonName? Name, IReadOnlyList<ImportedFace> Faces, bool IsVerified = false, bool IsActive = true, DateTimeOffset? CreatedAt = null);

public sealed record ImportedFace(FaceOpinions Opinions, DateTimeOffset? CreatedAt = null);

/// <summary>The source as a whole is of no use, or breaks off.</summary>
public sealed class ImportSourceException(Error error) : Exception(error.Description)
{
    public Error Error { get; } = error;
}
