namespace FaceId.Application.Recognition.Accuracy;

/// <summary>
/// The accuracy of Labeled Faces in the Wild: in each fold the share of pairs decided rightly, at the threshold that decides most pairs of
/// the other folds rightly.
/// </summary>
public static class LfwProtocol
{
    private const int Folds = 10;

    /// <param name="sets">The folds; a single set is dealt into ten, of which some then share people.</param>
    /// <param name="distance">Null where a photo has no face: such a pair counts as decided wrongly.</param>
    /// <exception cref="ArgumentException">There are fewer pairs than folds.</exception>
    public static Result Run(IReadOnlyList<IReadOnlyList<LfwPair>> sets, Func<LfwPair, double?> distance)
    {
        var dealt = sets.Count == 1;
        var folds = (dealt ? Deal(sets[0]) : sets)
            .Select(pairs => pairs.Select(pair => (pair.Same, Distance: distance(pair))).ToArray())
            .ToArray();
        if (Array.Exists(folds, fold => fold.Length == 0))
        {
            throw new ArgumentException("Every fold needs a pair.", nameof(sets));
        }

        var results = folds.Select((fold, i) =>
        {
            var threshold = BestThreshold(folds.Where((_, other) => other != i).SelectMany(other => other));
            return new Fold(threshold, (double)fold.Count(pair => pair.Distance is { } d && d < threshold == pair.Same) / fold.Length);
        }).ToArray();
        var mean = results.Average(fold => fold.Accuracy);
        var variance = results.Sum(fold => (fold.Accuracy - mean) * (fold.Accuracy - mean)) / (results.Length - 1);
        return new Result(
            mean,
            Math.Sqrt(variance / results.Length),
            folds.Sum(fold => fold.Length),
            folds.Sum(fold => fold.Count(pair => pair.Distance is null)),
            dealt,
            results);
    }

    private static List<LfwPair>[] Deal(IReadOnlyList<LfwPair> pairs)
    {
        var folds = Enumerable.Range(0, Folds).Select(_ => new List<LfwPair>()).ToArray();
        foreach (var kind in pairs.GroupBy(pair => pair.Same))
        {
            foreach (var (index, pair) in kind.Index())
            {
                folds[index % Folds].Add(pair);
            }
        }

        return folds;
    }

    /// <summary>The middle of the first stretch of thresholds that decide most pairs rightly.</summary>
    private static double BestThreshold(IEnumerable<(bool Same, double? Distance)> pairs)
    {
        var sorted = pairs.Where(pair => pair.Distance is not null).OrderBy(pair => pair.Distance).ToArray();
        var right = sorted.Count(pair => !pair.Same);
        var (best, bestRight) = (0.0, right);
        for (var i = 0; i < sorted.Length; i++)
        {
            right += sorted[i].Same ? 1 : -1;
            var next = i + 1 < sorted.Length ? sorted[i + 1].Distance!.Value : sorted[i].Distance!.Value + 1;
            if (right > bestRight && next > sorted[i].Distance)
            {
                (best, bestRight) = ((sorted[i].Distance!.Value + next) / 2, right);
            }
        }

        return best;
    }

    /// <param name="Accuracy">Mean over the folds.</param>
    /// <param name="StandardError">Of that mean.</param>
    /// <param name="Undecided">Pairs with a photo in which no face was found; they count as wrong.</param>
    /// <param name="Dealt">The file had one set; the folds share people, so the error is larger than it looks.</param>
    public sealed record Result(double Accuracy, double StandardError, int Pairs, int Undecided, bool Dealt, IReadOnlyList<Fold> Folds);

    public sealed record Fold(double Threshold, double Accuracy);
}
