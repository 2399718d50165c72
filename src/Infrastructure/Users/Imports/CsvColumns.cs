using System.Globalization;
using System.Text;
using ErrorOr;
using FaceId.Application.Users.Imports;
using FaceId.Domain.Faces;

namespace FaceId.Infrastructure.Users.Imports;

/// <summary>
/// The columns of a CSV file by its header, and a person of each record. The numbers of a face come in one column, <c>encoding</c>, or in
/// 128 columns of their own: in the order of the numbers that their names end in, if they do, otherwise as they stand.
/// </summary>
internal sealed class CsvColumns
{
    private readonly byte _separator;
    private readonly Dictionary<string, int> _named;
    private readonly int[]? _numbers;

    private CsvColumns(byte separator, Dictionary<string, int> named, int[]? numbers) => (_separator, _named, _numbers) = (separator, named, numbers);

    private static Error NotCsv(string sentence) => Error.Validation("not_csv", sentence);

    /// <exception cref="ImportSourceException">The header does not tell who the people are.</exception>
    public static CsvColumns Read(RawRecord header)
    {
        var line = header.Bytes.Span;
        var separator = (byte)",;\t".MaxBy(candidate => Count(header.Bytes.Span, candidate));
        if (header.IsTooLong || Split(header.Bytes, separator) is not { } fields)
        {
            throw new ImportSourceException(ImportErrors.Unreadable("The first line is no header of a CSV file."));
        }

        var names = fields.ConvertAll(field => Encoding.UTF8.GetString(field.Span).Trim().Replace("_", "", StringComparison.Ordinal).ToLowerInvariant());
        var named = new Dictionary<string, int>();
        var others = new List<int>();
        for (var i = 0; i < names.Count; i++)
        {
            if (!Known.Contains(names[i]))
            {
                others.Add(i);
            }
            else if (!named.TryAdd(names[i], i))
            {
                throw new ImportSourceException(ImportErrors.Unreadable($"The header names the column '{names[i]}' twice."));
            }
        }

        if (!named.ContainsKey("email") && !named.ContainsKey("name") && !named.ContainsKey("externalid"))
        {
            throw new ImportSourceException(ImportErrors.Unreadable(
                "The first line of a CSV file names its columns, of which one is email, name or externalId, and encoding holds the face."));
        }

        var numbers = !named.ContainsKey("encoding") && others.Count == FaceModels.DlibLength ? InOrder(others, names) : null;
        return new CsvColumns(separator, named, numbers);
    }

    public ErrorOr<ImportedPerson> Parse(ReadOnlyMemory<byte> record)
    {
        if (Split(record, _separator) is not { } fields)
        {
            return NotCsv("A quoted field does not end as one.");
        }

        var form = new PersonForm { Email = Text("email"), Name = Text("name"), ExternalId = Text("externalid"), IsVerified = Flag("verified") ?? false, IsActive = Flag("active") };
        form.CreatedAt = Time("createdat", ref form);
        if (_numbers is not null)
        {
            if (!Array.TrueForAll(_numbers, column => column >= fields.Count || fields[column].IsEmpty))
            {
                form.Add(Numbers(fields));
            }
        }
        else if (Bytes("encoding") is { } encoding)
        {
            form.Add(VectorText.Parse(encoding), new FaceExtras(
                Text("model"), Bytes("second"), Text("secondmodel"), Bytes("template"), Text("templatemodel"), Time("facecreatedat", ref form)));
        }

        return form.ToPerson();

        byte[]? Bytes(string name) => _named.TryGetValue(name, out var column) && column < fields.Count && !fields[column].IsEmpty ? fields[column].ToArray() : null;

        string? Text(string name) => Bytes(name) is { } bytes ? Encoding.UTF8.GetString(bytes) : null;

        bool? Flag(string name) => Text(name)?.ToLowerInvariant() switch
        {
            null => null,
            "true" or "t" or "1" or "yes" => true,
            _ => false,
        };

        DateTimeOffset? Time(string name, ref PersonForm form)
        {
            if (Text(name) is not { } text)
            {
                return null;
            }

            if (PersonForm.TryTime(text, out var time))
            {
                return time;
            }

            form.Refuse(NotCsv("A time is written like 2026-11-25T09:30:00Z."));
            return null;
        }
    }

    private static readonly HashSet<string> Known =
    [
        "email", "name", "externalid", "verified", "active", "createdat", "encoding", "model", "second", "secondmodel", "template", "templatemodel", "facecreatedat",
    ];

    private ErrorOr<float[]> Numbers(List<ReadOnlyMemory<byte>> fields)
    {
        var numbers = new float[FaceModels.DlibLength];
        for (var i = 0; i < numbers.Length; i++)
        {
            if (_numbers![i] >= fields.Count || fields[_numbers[i]].IsEmpty)
            {
                return FaceEncodingErrors.WrongLength(_numbers.Count(column => column < fields.Count && !fields[column].IsEmpty));
            }

            if (!double.TryParse(fields[_numbers[i]].Span.Trim((byte)' '), NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
            {
                return Error.Validation("unreadable_encoding", "One of the 128 columns does not hold a number.");
            }

            numbers[i] = (float)number;
        }

        return numbers;
    }

    private static int[] InOrder(List<int> columns, List<string> names)
    {
        var order = new SortedDictionary<int, int>();
        foreach (var column in columns)
        {
            var digits = names[column].Length - names[column].AsSpan().TrimEnd("0123456789").Length;
            if (digits == 0 || !int.TryParse(names[column].AsSpan()[^digits..], NumberStyles.None, CultureInfo.InvariantCulture, out var number) || !order.TryAdd(number, column))
            {
                return [.. columns];
            }
        }

        return [.. order.Values];
    }

    private static int Count(ReadOnlySpan<byte> line, char separator) => System.MemoryExtensions.Count(line, (byte)separator);

    /// <returns>Null when a quoted field goes on after its closing quote.</returns>
    private static List<ReadOnlyMemory<byte>>? Split(ReadOnlyMemory<byte> record, byte separator)
    {
        var fields = new List<ReadOnlyMemory<byte>>();
        var rest = record;
        while (true)
        {
            if (rest.Length > 0 && rest.Span[0] == '"')
            {
                if (!TryUnquote(ref rest, out var field) || (rest.Length > 0 && rest.Span[0] != separator))
                {
                    return null;
                }

                fields.Add(field);
            }
            else
            {
                var end = rest.Span.IndexOf(separator);
                fields.Add(end < 0 ? rest : rest[..end]);
                rest = end < 0 ? default : rest[end..];
            }

            if (rest.IsEmpty)
            {
                return fields;
            }

            rest = rest[1..];
        }
    }

    private static bool TryUnquote(ref ReadOnlyMemory<byte> rest, out ReadOnlyMemory<byte> field)
    {
        var bytes = rest.Span;
        var doubled = false;
        for (var i = 1; i < bytes.Length; i++)
        {
            if (bytes[i] != '"')
            {
                continue;
            }

            if (i + 1 < bytes.Length && bytes[i + 1] == '"')
            {
                doubled = true;
                i++;
                continue;
            }

            field = rest[1..i];
            if (doubled)
            {
                field = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(field.Span).Replace("\"\"", "\"", StringComparison.Ordinal));
            }

            rest = rest[(i + 1)..];
            return true;
        }

        field = default;
        return false;
    }
}
