using System.Globalization;
using System.Text;
using ErrorOr;

namespace FaceId.Application.Recognition.Accuracy;

/// <summary>
/// Who belongs to which group, from a <c>people.csv</c> beside the people's folders: a column <c>person</c> and any others, such as age,
/// sex or country. A column of many numbers, such as ages, is put into tens.
/// </summary>
public sealed class PeopleTable
{
    public const string FileName = "people.csv";

    private const int MostValues = 12;

    private readonly Dictionary<string, string?[]> _rows;

    private PeopleTable(IReadOnlyList<string> columns, Dictionary<string, string?[]> rows) => (Columns, _rows) = (columns, rows);

    /// <summary>What people are grouped by.</summary>
    public IReadOnlyList<string> Columns { get; }

    public static ErrorOr<PeopleTable> Parse(IEnumerable<string> lines)
    {
        var table = lines.Where(line => !string.IsNullOrWhiteSpace(line)).Select(Split).ToList();
        var header = table.Count == 0 ? [] : table[0].Select(name => name.Trim().ToLowerInvariant()).ToList();
        var key = header.IndexOf("person");
        if (key < 0)
        {
            return Error.Validation("people_invalid", $"{FileName} needs a first line that names its columns, one of them 'person'.");
        }

        var columns = Enumerable.Range(0, header.Count).Where(column => column != key).ToList();
        var rows = new Dictionary<string, string?[]>();
        foreach (var (index, row) in table.Skip(1).Index())
        {
            if (row.Count != header.Count || !rows.TryAdd(row[key], [.. columns.Select(column => NullIfEmpty(row[column]))]))
            {
                return Error.Validation("people_invalid", $"{FileName}: entry {index + 1} has another number of columns than the first line, or names a person again.");
            }
        }

        for (var column = 0; column < columns.Count; column++)
        {
            PutIntoTens(rows.Values, column);
        }

        return new PeopleTable([.. columns.Select(column => header[column])], rows);
    }

    /// <summary>Null where the table does not say.</summary>
    public string? GroupOf(string person, int column) => _rows.TryGetValue(person, out var row) ? row[column] : null;

    private static void PutIntoTens(IReadOnlyCollection<string?[]> rows, int column)
    {
        var values = rows.Select(row => row[column]).OfType<string>().Distinct().ToList();
        if (values.Count <= MostValues || !values.TrueForAll(value => double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out _)))
        {
            return;
        }

        foreach (var row in rows)
        {
            if (row[column] is { } value)
            {
                var ten = Math.Floor(double.Parse(value, NumberStyles.Float, CultureInfo.InvariantCulture) / 10) * 10;
                row[column] = string.Create(CultureInfo.InvariantCulture, $"{ten:0}–{ten + 9:0}");
            }
        }
    }

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;

    private static List<string> Split(string line)
    {
        var fields = new List<string>();
        var field = new StringBuilder();
        var quoted = false;
        for (var i = 0; i < line.Length; i++)
        {
            if (line[i] == '"' && quoted && i + 1 < line.Length && line[i + 1] == '"')
            {
                field.Append(line[i++]);
            }
            else if (line[i] == '"')
            {
                quoted = !quoted;
            }
            else if (line[i] == ',' && !quoted)
            {
                fields.Add(field.ToString().Trim());
                field.Clear();
            }
            else
            {
                field.Append(line[i]);
            }
        }

        fields.Add(field.ToString().Trim());
        return fields;
    }
}
