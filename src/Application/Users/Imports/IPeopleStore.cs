namespace FaceId.Application.Users.Imports;

/// <summary>Writes people and their faces into the database, a batch in one transaction each, and reads them all.</summary>
public interface IPeopleStore
{
    /// <returns>Null while another import is at work, of which there is one at a time.</returns>
    Task<IPeopleImport?> BeginAsync(string? source, ImportOptions options, CancellationToken cancellationToken);

    /// <summary>Everybody with their faces, in the order of their ids, a piece at a time.</summary>
    IAsyncEnumerable<ExportPeople.Person> ReadAsync(CancellationToken cancellationToken);
}

/// <summary>An import at work. Disposing lets the next one begin.</summary>
public interface IPeopleImport : IAsyncDisposable
{
    /// <summary>How many entries a run before this one has done, whose place was taken.</summary>
    long Done { get; }

    /// <summary>What was taken of all batches so far; of this run only.</summary>
    ImportCounts Counts { get; }

    /// <summary>Writes what of a batch can be taken. With <see cref="ImportOptions.Strict"/> nothing of it, when anything is refused.</summary>
    /// <returns>What was refused, in the order of the entries.</returns>
    Task<IReadOnlyList<ImportRefusal>> WriteAsync(PeopleBatch batch, CancellationToken cancellationToken);

    /// <summary>Who of these addresses, as <see cref="Domain.Users.Email"/> spells them, has an account: its id.</summary>
    Task<IReadOnlyDictionary<string, int>> FindAsync(IReadOnlyList<string> addresses, CancellationToken cancellationToken);

    /// <summary>Notes how many entries of the source are done, for one that is not written in batches.</summary>
    Task NoteAsync(long done, CancellationToken cancellationToken);

    /// <summary>Notes that the source is done, so that nothing goes on with it.</summary>
    Task FinishAsync(CancellationToken cancellationToken);
}

/// <param name="DryRun">Only says what would be taken and what refused.</param>
/// <param name="Strict">Stops at the first refused entry.</param>
/// <param name="Resume">Goes on where an import of the same source broke off.</param>
/// <param name="MayActOnStaff">Whether accounts of operators and administrators may get faces.</param>
public sealed record ImportOptions(bool DryRun = false, bool Strict = false, bool Resume = false, ImportConsent Consent = ImportConsent.None, bool MayActOnStaff = false);

/// <summary>What whoever imports says of the consent of those who come with a face.</summary>
public enum ImportConsent
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>They vouch for it, as whoever enrols somebody does.</summary>
    Attested,

    /// <summary>They have each person's consent on record.</summary>
    Recorded,
}

/// <param name="Entries">Read, refused ones too.</param>
/// <param name="People">New accounts.</param>
/// <param name="Faces">New faces.</param>
/// <param name="Known">Faces that were there already.</param>
/// <param name="Refused">Entries of which nothing was taken.</param>
public sealed record ImportCounts(long Entries, long People, long Faces, long Known, long Refused);

/// <param name="Code">Stable.</param>
public sealed record ImportRefusal(long Line, string Code, string Detail);
