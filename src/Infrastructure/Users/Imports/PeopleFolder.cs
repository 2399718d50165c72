using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using ErrorOr;
using FaceId.Application.Users.Imports;

namespace FaceId.Infrastructure.Users.Imports;

/// <summary>A folder of people: a folder of photos for each, whose name is theirs, or their e-mail address. As a source it tells of them without faces.</summary>
public sealed class PeopleFolder : IPeopleSource
{
    private static readonly string[] Kinds = [".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif"];

    private PeopleFolder(IReadOnlyList<FolderPerson> people, string identity) => (People, PhotosIdentity) = (people, identity);

    /// <summary>Those with photos, in the order of their names.</summary>
    public IReadOnlyList<FolderPerson> People { get; }

    /// <summary>Accounts that are there are met again, so that a broken run need not be gone on with.</summary>
    public string? Identity => null;

    /// <summary>The same for the same photos, unchanged.</summary>
    public string PhotosIdentity { get; }

    /// <exception cref="ImportSourceException">There are no photos of people in it.</exception>
    public static PeopleFolder Open(DirectoryInfo root)
    {
        var people = new List<FolderPerson>();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Note(root.FullName);
        foreach (var folder in root.EnumerateDirectories().Where(IsShown).OrderBy(folder => folder.Name, StringComparer.Ordinal))
        {
            var photos = folder.EnumerateFiles().Where(file => IsShown(file) && Kinds.Contains(file.Extension, StringComparer.OrdinalIgnoreCase))
                .OrderBy(file => file.Name, StringComparer.Ordinal).ToList();
            foreach (var photo in photos)
            {
                Note(string.Create(CultureInfo.InvariantCulture, $"{folder.Name}/{photo.Name}\n{photo.Length}\n{photo.LastWriteTimeUtc.Ticks}"));
            }

            if (photos.Count > 0)
            {
                people.Add(new FolderPerson(folder.Name, [.. photos.Select(photo => photo.FullName)]));
            }
        }

        if (people.Count == 0)
        {
            throw new ImportSourceException(ImportErrors.Unreadable($"It holds no folders with photos ({string.Join(' ', Kinds)}): it takes one for each person, by their name."));
        }

        return new PeopleFolder(people, Convert.ToHexStringLower(hash.GetHashAndReset()));

        void Note(string text) => hash.AppendData(Encoding.UTF8.GetBytes(text + "\0"));
    }

    public async IAsyncEnumerable<PeopleBatch> ReadAsync(long skip, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var done = (int)skip; done < People.Count;)
        {
            await Task.Yield();
            var entries = People.Skip(done).Take(BatchReading.EntriesAtOnce).Select((person, i) => new PersonEntry(done + i + 1, person.Person)).ToList();
            done += entries.Count;
            yield return new PeopleBatch(entries, done, Share: null);
        }
    }

    private static bool IsShown(FileSystemInfo entry) => !entry.Name.StartsWith('.');
}

/// <param name="Folder">Its name.</param>
/// <param name="Photos">Full paths, in the order of their names.</param>
public sealed record FolderPerson(string Folder, IReadOnlyList<string> Photos)
{
    /// <summary>Who it is; the same account as an entry of a file with this name or address.</summary>
    public ErrorOr<ImportedPerson> Person { get; } =
        (Domain.Users.Email.Parse(Folder).IsError ? new PersonForm { Name = Folder } : new PersonForm { Email = Folder }).ToPerson();
}
