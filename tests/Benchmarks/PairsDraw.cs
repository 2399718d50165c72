using System.Globalization;

namespace FaceId.Benchmarks;

/// <summary>
/// Draws 6,000 pairs as LFW's <c>pairs.txt</c> lists its own, for a folder that the official list does not fit: <c>pairs PEOPLE SEED</c>. Ten
/// folds that share nobody, each of 300 pairs of one person and 300 of two.
/// </summary>
internal static class PairsDraw
{
    private const int Folds = 10;
    private const int PairsInFold = 300;

    public static int Run(string folder, int seed)
    {
        var random = new Random(seed);
        var photos = new DirectoryInfo(folder).EnumerateDirectories()
            .OrderBy(person => person.Name, StringComparer.Ordinal)
            .ToDictionary(person => person.Name, person => person.GetFiles("*.jpg").Length);
        var people = photos.Keys.ToArray();
        random.Shuffle(people);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Folds}\t{PairsInFold}"));
        for (var fold = 0; fold < Folds; fold++)
        {
            var own = people.Where((_, i) => i % Folds == fold).ToArray();
            var several = own.Where(person => photos[person] > 1).ToArray();
            Draw(() => Same(several[random.Next(several.Length)]));
            Draw(() => Two(own[random.Next(own.Length)], own[random.Next(own.Length)]));
        }

        return 0;

        string? Same(string person)
        {
            var (first, second) = (random.Next(photos[person]) + 1, random.Next(photos[person]) + 1);
            return first < second ? string.Create(CultureInfo.InvariantCulture, $"{person}\t{first}\t{second}") : null;
        }

        string? Two(string first, string second) => string.CompareOrdinal(first, second) < 0
            ? string.Create(CultureInfo.InvariantCulture, $"{first}\t{random.Next(photos[first]) + 1}\t{second}\t{random.Next(photos[second]) + 1}")
            : null;
    }

    private static void Draw(Func<string?> next)
    {
        var drawn = new HashSet<string>();
        while (drawn.Count < PairsInFold)
        {
            if (next() is { } pair && drawn.Add(pair))
                Console.WriteLine(pair);
        }
    }
}
