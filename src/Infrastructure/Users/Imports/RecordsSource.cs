using System.Runtime.CompilerServices;
using System.Text.Unicode;
using ErrorOr;
using FaceId.Application.Users.Imports;

namespace FaceId.Infrastructure.Users.Imports;

/// <summary>A stream of people, an entry a line (JSON Lines) or a record (CSV).</summary>
/// <param name="length">Of the stream in bytes; null when nobody knows it.</param>
internal sealed class RecordsSource(Stream stream, PeopleFormat format, string? identity, long? length) : IPeopleSource
{
    /// <summary>Of text: a batch of people with twenty faces each would take too much memory otherwise.</summary>
    private const long BytesAtOnce = 8 * 1024 * 1024;

    private static readonly Error NotUtf8 = Error.Validation("not_utf8", "The entry is not written in UTF-8. Save the file as UTF-8.");

    private readonly Error _tooLong = Error.Validation(
        "line_too_long",
        $"The entry is longer than {RecordReader.MaxLength / 1024} KiB{(format == PeopleFormat.Csv ? ", which it also is when a quote in it is not closed: look at what follows it too" : "")}.");

    public string? Identity => identity;

    public IAsyncEnumerable<PeopleBatch> ReadAsync(long skip, CancellationToken cancellationToken) => BatchesAsync(skip, cancellationToken).AheadAsync(cancellationToken);

    private async IAsyncEnumerable<PeopleBatch> BatchesAsync(long skip, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var reader = new RecordReader(stream, quoted: format == PeopleFormat.Csv);
        reader.Skip(Beginning.Check((await reader.PeekAsync(cancellationToken)).Span));
        CsvColumns? columns = null;
        var entries = new List<PersonEntry>();
        var (seen, bytes) = (0L, 0L);
        do
        {
            while (reader.TryNext(out var record))
            {
                if (!record.IsTooLong && record.Bytes.Span.Trim(" \t"u8).IsEmpty)
                {
                    continue;
                }

                if (format == PeopleFormat.Csv && columns is null)
                {
                    columns = CsvColumns.Read(record);
                    continue;
                }

                if (seen++ < skip)
                {
                    continue;
                }

                entries.Add(new PersonEntry(record.Line, Parse(record, columns)));
                bytes += record.Bytes.Length;
                if (entries.Count == BatchReading.EntriesAtOnce || bytes > BytesAtOnce)
                {
                    yield return new PeopleBatch(entries, seen, length is > 0 ? Math.Min(1, reader.BytesRead / (double)length) : null);
                    (entries, bytes) = ([], 0);
                }
            }
        }
        while (await reader.FillAsync(cancellationToken));

        if (entries.Count > 0)
        {
            yield return new PeopleBatch(entries, seen, 1);
        }
    }

    private ErrorOr<ImportedPerson> Parse(RawRecord record, CsvColumns? columns) => record switch
    {
        { IsTooLong: true } => _tooLong,
        _ when !Utf8.IsValid(record.Bytes.Span) => NotUtf8,
        _ => columns is null ? PersonJson.Parse(record.Bytes.Span) : columns.Parse(record.Bytes),
    };
}
