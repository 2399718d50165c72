using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using FaceId.Application.Users.Imports;

namespace FaceId.Infrastructure.Users.Imports;

/// <summary>Opens what <c>faceid import</c> is given.</summary>
public static class PeopleFiles
{
    /// <summary>The names of the formats of files, as an operator writes them.</summary>
    public static IReadOnlyList<string> Formats { get; } = ["jsonl", "csv", "json"];

    /// <param name="format">One of <see cref="Formats"/>; null to go by the name of the file.</param>
    /// <exception cref="ImportSourceException">It is none that can be taken.</exception>
    public static IPeopleSource Open(FileStream file, string? format)
    {
        var identity = Identity(file.Name, file.Length, File.GetLastWriteTimeUtc(file.Name));
        var start = new byte[(int)Math.Min(file.Length, 4096)];
        file.ReadExactly(start);
        file.Position = Beginning.Check(start);
        return (format ?? Path.GetExtension(file.Name).TrimStart('.').ToLowerInvariant()) switch
        {
            "jsonl" or "ndjson" => new RecordsSource(file, PeopleFormat.Jsonl, identity, file.Length),
            "csv" or "tsv" => new RecordsSource(file, PeopleFormat.Csv, identity, file.Length),
            "json" => new EncodingsJsonSource(file, identity),
            _ => throw new ImportSourceException(ImportErrors.Unreadable($"The name of the file does not tell what it is. Give --format: {string.Join(", ", Formats)}.")),
        };
    }

    /// <summary>People that arrive over a connection.</summary>
    public static IPeopleSource Receive(Stream body, PeopleFormat format, long? length) => new RecordsSource(body, format, identity: null, length);

    internal static string Identity(string path, long length, DateTime written) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
        string.Create(CultureInfo.InvariantCulture, $"{Path.GetFullPath(path)}\n{length}\n{written.Ticks}"))));
}
