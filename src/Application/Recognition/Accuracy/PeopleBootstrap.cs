namespace FaceId.Application.Recognition.Accuracy;

/// <summary>
/// What the figures would have been with other people: people are drawn anew, with repetition, and all photos of a person come along. A
/// pair of two people then counts as often as the product of how often each was drawn; a pair of one person as often as they were.
/// </summary>
internal static class PeopleBootstrap
{
    public const int Resamples = 500;
    private const int Seed = 20_261_125;

    /// <summary>Resamples walk over the nearest pairs up to this share of all; beyond it nobody wants a threshold.</summary>
    private const double WalkedShare = 0.12;

    /// <param name="marks">Thresholds, rising, whose rates are wanted.</param>
    /// <param name="levels">False match rates, rising, whose thresholds are wanted.</param>
    /// <param name="tailStart">Where the tail of strangers starts, if one is to be fitted to each resample.</param>
    public static IReadOnlyList<Resample> Run(
        PairDistances pairs, Weighting weighting, double[] marks, double[] levels, double? tailStart, CancellationToken cancellationToken)
    {
        var plan = new Plan(pairs, weighting, marks, levels, tailStart);
        var resamples = new Resample[Resamples];
        Parallel.For(0, Resamples, new ParallelOptions { CancellationToken = cancellationToken }, i => resamples[i] = plan.Draw(new Random(Seed + i)));
        return resamples;
    }

    /// <param name="FalseMatch">At each mark; not a number where the walk did not come.</param>
    /// <param name="FalseNonMatch">At each mark.</param>
    /// <param name="Thresholds">At each level.</param>
    /// <param name="FalseNonMatchAtLevel">At each level, at its own threshold.</param>
    /// <param name="EqualErrorRate">Not a number where the marks don't enclose it.</param>
    public sealed record Resample(
        double[] FalseMatch, double[] FalseNonMatch, double[] Thresholds, double[] FalseNonMatchAtLevel, double EqualErrorRate, ParetoTail? Tail);

    private sealed class Plan
    {
        private readonly PairDistances _pairs;
        private readonly Weighting _weighting;
        private readonly double[] _marks;
        private readonly double[] _levels;
        private readonly double? _tailStart;
        private readonly int _tailCount;
        private readonly int[] _first;
        private readonly int[] _second;
        private readonly int[] _genuine;
        private readonly int[] _genuineBelow;

        public Plan(PairDistances pairs, Weighting weighting, double[] marks, double[] levels, double? tailStart)
        {
            (_pairs, _weighting, _marks, _levels, _tailStart) = (pairs, weighting, marks, levels, tailStart);
            var (person, nearest, genuine) = (pairs.Samples.PersonOf, pairs.Nearest, pairs.Genuine);
            var walked = nearest.Below(pairs.ThresholdAt(Math.Max(WalkedShare, 1.5 * pairs.EqualErrorRate(weighting).Rate), weighting) + 1e-9);
            _first = new int[walked];
            _second = new int[walked];
            for (var i = 0; i < walked; i++)
            {
                (_first[i], _second[i]) = (person[nearest.First(i)], person[nearest.Second(i)]);
            }

            _genuine = new int[genuine.Count];
            for (var i = 0; i < genuine.Count; i++)
            {
                _genuine[i] = person[genuine.First(i)];
            }

            _genuineBelow = Array.ConvertAll(marks, genuine.Below);
            _tailCount = tailStart is { } start ? Math.Min(walked, nearest.Below(start)) : 0;
        }

        public Resample Draw(Random random)
        {
            var samples = _pairs.Samples;
            var drawn = new int[samples.People];
            for (var i = 0; i < drawn.Length; i++)
            {
                drawn[random.Next(drawn.Length)]++;
            }

            // A pair of two people weighs the product of their factors, a pair of one person that person's weight.
            var factor = new double[drawn.Length];
            var weight = new double[drawn.Length];
            var (sum, squares, genuineTotal) = (0.0, 0.0, 0.0);
            for (var p = 0; p < drawn.Length; p++)
            {
                var photos = samples.PhotosOf[p];
                var ofPeople = _weighting == Weighting.People;
                factor[p] = ofPeople ? (double)drawn[p] / photos : drawn[p];
                weight[p] = photos < 2 ? 0 : ofPeople ? drawn[p] * samples.GenuineWeight(p) : drawn[p];
                var all = factor[p] * photos;
                sum += all;
                squares += all * all;
                genuineTotal += weight[p] * photos * (photos - 1L) / 2;
            }

            var impostorTotal = (sum * sum - squares) / 2;
            var (falseMatch, thresholds) = WalkImpostors(factor, impostorTotal);
            var genuineFrom = SumGenuine(weight, genuineTotal);
            var falseNonMatch = Array.ConvertAll(_genuineBelow, below => genuineFrom[below]);
            var atLevel = Array.ConvertAll(thresholds, threshold => double.IsNaN(threshold) ? double.NaN : genuineFrom[_pairs.Genuine.Below(threshold)]);
            return new Resample(falseMatch, falseNonMatch, thresholds, atLevel, Crossing(falseMatch, falseNonMatch), FitTail(factor, impostorTotal));
        }

        private (double[] FalseMatch, double[] Thresholds) WalkImpostors(double[] factor, double total)
        {
            var falseMatch = new double[_marks.Length];
            var thresholds = new double[_levels.Length];
            Array.Fill(falseMatch, double.NaN);
            Array.Fill(thresholds, double.NaN);
            var distances = _pairs.Nearest.Distances;
            var (mark, level, sum) = (0, 0, 0.0);
            var nextMark = _marks.Length > 0 ? _marks[0] : double.PositiveInfinity;
            var nextLevel = _levels.Length > 0 ? _levels[0] * total : double.PositiveInfinity;
            for (var i = 0; i < _first.Length; i++)
            {
                while (distances[i] >= nextMark)
                {
                    falseMatch[mark++] = sum / total;
                    nextMark = mark < _marks.Length ? _marks[mark] : double.PositiveInfinity;
                }

                sum += factor[_first[i]] * factor[_second[i]];
                while (sum > nextLevel)
                {
                    thresholds[level++] = distances[i];
                    nextLevel = level < _levels.Length ? _levels[level] * total : double.PositiveInfinity;
                }
            }

            // All pairs of two people were walked over: beyond the last of them everything matches.
            while (_first.Length == _pairs.ImpostorPairs && mark < _marks.Length)
            {
                falseMatch[mark++] = Math.Min(1, sum / total);
            }

            return (falseMatch, thresholds);
        }

        private double[] SumGenuine(double[] weight, double total)
        {
            var from = new double[_genuine.Length + 1];
            for (var i = _genuine.Length - 1; i >= 0; i--)
            {
                from[i] = from[i + 1] + weight[_genuine[i]];
            }

            for (var i = 0; i < from.Length; i++)
            {
                from[i] /= total;
            }

            return from;
        }

        private double Crossing(double[] falseMatch, double[] falseNonMatch)
        {
            for (var i = 1; i < _marks.Length; i++)
            {
                var (before, after) = (falseNonMatch[i - 1] - falseMatch[i - 1], falseNonMatch[i] - falseMatch[i]);
                if (before > 0 && after <= 0)
                {
                    return falseMatch[i - 1] + before / (before - after) * (falseMatch[i] - falseMatch[i - 1]);
                }
            }

            return double.NaN;
        }

        private ParetoTail? FitTail(double[] factor, double total)
        {
            if (_tailStart is not { } start)
            {
                return null;
            }

            var weights = new double[_tailCount];
            for (var i = 0; i < weights.Length; i++)
            {
                weights[i] = factor[_first[i]] * factor[_second[i]];
            }

            return ParetoTail.Fit(start, weights.Sum() / total, _pairs.Nearest.Distances.AsSpan(0, _tailCount), weights);
        }
    }
}
