using System.Globalization;
using ErrorOr;

namespace FaceId.Application.Recognition.Accuracy;

/// <summary>Reads pairs files as Labeled Faces in the Wild has them.</summary>
public static class LfwPairs
{
    /// <summary>
    /// Reads <c>pairs.txt</c> (header: number of sets, and of pairs of each kind in a set) and the development files (header: number of
    /// pairs of each kind; or no header). Lines are <c>name n1 n2</c> or <c>name1 n1 name2 n2</c>.
    /// </summary>
    /// <returns>The sets; a file that has none makes one.</returns>
    public static ErrorOr<IReadOnlyList<IReadOnlyList<LfwPair>>> Parse(IEnumerable<string> lines)
    {
        var pairs = new List<LfwPair>();
        int[]? header = null;
        var number = 0;
        foreach (var line in lines)
        {
            number++;
            var fields = line.Split(line.Contains('\t', StringComparison.Ordinal) ? '\t' : ' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (fields.Length == 0)
            {
                continue;
            }

            if (pairs.Count == 0 && header is null && fields.Length <= 2 && Array.TrueForAll(fields, field => Number(field) > 0))
            {
                header = Array.ConvertAll(fields, Number);
                continue;
            }

            var pair = fields switch
            {
                [var name, var first, var second] => new LfwPair(name, Number(first), name, Number(second)),
                [var name, var first, var other, var second] => new LfwPair(name, Number(first), other, Number(second)),
                _ => null,
            };
            if (pair is not { First: > 0, Second: > 0 })
            {
                return Wrong($"Line {number} is no pair. It is written 'name n1 n2' or 'name1 n1 name2 n2'.");
            }

            pairs.Add(pair);
        }

        if (pairs.Count == 0)
        {
            return Wrong("It names no pairs.");
        }

        if (header is null)
        {
            return new[] { pairs };
        }

        var (sets, ofEach) = header is [var of, var each] ? (of, each) : (1, header[0]);
        return pairs.Count == 2L * sets * ofEach
            ? pairs.Chunk(2 * ofEach).ToArray()
            : Wrong($"Its header promises {2L * sets * ofEach} pairs; there are {pairs.Count}.");

        static int Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : 0;

        static Error Wrong(string what) => Error.Validation("pairs_invalid", what);
    }
}
