namespace FaceId.Application.Recognition.Accuracy;

/// <summary>
/// The distances of all pairs of photos: those of one person and the nearest of two people one by one, the other pairs of two people
/// counted in narrow bins, as there may be billions of them.
/// </summary>
public sealed class PairDistances
{
    /// <summary>So many pairs of two people are kept one by one, the nearest.</summary>
    private const int Kept = 4_000_000;

    private const int Bins = 1 << 15;

    private readonly WeightedPairs[] _impostors;
    private readonly double[][] _genuineFrom;

    private PairDistances(SampleSet samples, SortedPairs genuine, SortedPairs nearest, Binned bins, double binsPerUnit)
    {
        Samples = samples;
        Genuine = genuine;
        Nearest = nearest;
        Impostors = bins;
        BinsPerUnit = binsPerUnit;

        ImpostorPairs = bins.Counts.Sum();
        Reach = nearest.Count == ImpostorPairs ? double.PositiveInfinity : nearest.Distances[^1];
        _impostors =
        [
            new WeightedPairs(nearest, _ => 1, Array.ConvertAll(bins.Counts, count => (double)count), binsPerUnit),
            new WeightedPairs(nearest, i => samples.PairWeight(nearest.First(i), nearest.Second(i)), bins.Weights, binsPerUnit),
        ];
        _genuineFrom = [From(_ => 1.0 / genuine.Count), From(i => samples.GenuineWeight(samples.PersonOf[genuine.First(i)]) / samples.PeopleWithPairs)];

        double[] From(Func<int, double> weight)
        {
            var sums = new double[genuine.Count + 1];
            for (var i = genuine.Count - 1; i >= 0; i--)
            {
                sums[i] = sums[i + 1] + weight(i);
            }

            return sums;
        }
    }

    public SampleSet Samples { get; }

    /// <summary>Pairs of photos of one person.</summary>
    public long GenuinePairs => Genuine.Count;

    /// <summary>Pairs of photos of two people.</summary>
    public long ImpostorPairs { get; }

    /// <summary>Up to this distance every pair of two people is known; beyond it, to the width of a bin.</summary>
    internal double Reach { get; }

    /// <summary>A distance that no pair exceeds.</summary>
    internal double Largest => Bins / BinsPerUnit;

    internal double BinsPerUnit { get; }

    internal SortedPairs Genuine { get; }

    internal SortedPairs Nearest { get; }

    internal Binned Impostors { get; }

    /// <exception cref="ArgumentException">Nobody has two photos, or all photos show one person.</exception>
    /// <param name="progress">Told the share that is done, from any thread.</param>
    public static PairDistances Measure(SampleSet samples, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        if (samples.PeopleWithPairs == 0 || samples.People < 2)
        {
            throw new ArgumentException("Two people are needed, and two photos of one of them.", nameof(samples));
        }

        var binsPerUnit = Bins / (2 * LargestNorm(samples) * 1.000_01 + 1e-9);
        var bins = new Binned();
        var genuine = new PairList();
        foreach (var part in PairRows.Walk(
            samples,
            () => (Bins: new Binned(), Genuine: new PairList()),
            (sample, distances, state) =>
            {
                var same = samples.EndOf[samples.PersonOf[sample]] - sample - 1;
                for (var k = 0; k < same; k++)
                {
                    state.Genuine.Add(distances[k], sample, sample + 1 + k);
                }

                for (var k = same; k < distances.Length; k++)
                {
                    var bin = (int)(distances[k] * binsPerUnit);
                    state.Bins.Counts[bin]++;
                    state.Bins.Weights[bin] += samples.PairWeight(sample, sample + 1 + k);
                }
            },
            new Part(progress, 0, 0.5),
            cancellationToken))
        {
            bins.Add(part.Bins);
            genuine.Add(part.Genuine);
        }

        var (before, lastBin) = (0L, 0);
        for (var bin = 0; bin < Bins && before < Kept; before += bins.Counts[bin++])
        {
            lastBin = bin;
        }

        var nearest = Collect(samples, lastBin, binsPerUnit, new Part(progress, 0.5, 0.5), cancellationToken);
        return new PairDistances(samples, genuine.Sort(), nearest.Sort(), bins, binsPerUnit);
    }

    /// <summary>How many pairs of two people this threshold takes for one.</summary>
    public long FalseMatches(double threshold) => (long)_impostors[(int)Weighting.Pairs].Below(threshold, Reach);

    /// <summary>How many pairs of one person this threshold takes for two.</summary>
    public long FalseNonMatches(double threshold) => Genuine.Count - Genuine.Below(threshold);

    /// <summary>Share of pairs of two people that this threshold takes for one (FMR).</summary>
    public double FalseMatchRate(double threshold, Weighting weighting)
    {
        var pairs = _impostors[(int)weighting];
        return Math.Min(1, pairs.Below(threshold, Reach) / pairs.Total);
    }

    /// <summary>Share of pairs of one person that this threshold takes for two (FNMR).</summary>
    public double FalseNonMatchRate(double threshold, Weighting weighting) => Math.Min(1, _genuineFrom[(int)weighting][Genuine.Below(threshold)]);

    /// <summary>The largest threshold whose false match rate is not above this.</summary>
    public double ThresholdAt(double falseMatchRate, Weighting weighting)
    {
        var pairs = _impostors[(int)weighting];
        return pairs.ThresholdAt(falseMatchRate * pairs.Total);
    }

    /// <summary>The threshold at which as large a share of strangers is accepted as of right people is refused, and that share (EER).</summary>
    public (double Threshold, double Rate) EqualErrorRate(Weighting weighting)
    {
        var (low, high) = (0.0, Largest);
        for (var i = 0; i < 60; i++)
        {
            var middle = (low + high) / 2;
            (low, high) = FalseMatchRate(middle, weighting) < FalseNonMatchRate(middle, weighting) ? (middle, high) : (low, middle);
        }

        // The rates jump at each distance, so they may pass each other without meeting; then the middle on the closer side is taken.
        var (below, above) = (At(low), At(high));
        return (high, below.Gap <= above.Gap ? below.Middle : above.Middle);

        (double Gap, double Middle) At(double threshold)
        {
            var (match, nonMatch) = (FalseMatchRate(threshold, weighting), FalseNonMatchRate(threshold, weighting));
            return (Math.Abs(match - nonMatch), (match + nonMatch) / 2);
        }
    }

    private static PairList Collect(SampleSet samples, int lastBin, double binsPerUnit, IProgress<double> progress, CancellationToken cancellationToken)
    {
        var nearest = new PairList();
        foreach (var part in PairRows.Walk(
            samples,
            () => new PairList(),
            (sample, distances, state) =>
            {
                for (var k = samples.EndOf[samples.PersonOf[sample]] - sample - 1; k < distances.Length; k++)
                {
                    if ((int)(distances[k] * binsPerUnit) <= lastBin)
                    {
                        state.Add(distances[k], sample, sample + 1 + k);
                    }
                }
            },
            progress,
            cancellationToken))
        {
            nearest.Add(part);
        }

        return nearest;
    }

    private static double LargestNorm(SampleSet samples) => samples.Samples.Max(sample =>
    {
        var sum = 0.0;
        foreach (var value in sample.Vector.Values.Span)
        {
            sum += (double)value * value;
        }

        return Math.Sqrt(sum);
    });

    /// <summary>All pairs of two people, in bins of equal width from 0 on.</summary>
    internal sealed class Binned
    {
        public long[] Counts { get; } = new long[Bins];

        /// <summary>The same where every pair of people counts the same.</summary>
        public double[] Weights { get; } = new double[Bins];

        public void Add(Binned other)
        {
            for (var bin = 0; bin < Bins; bin++)
            {
                Counts[bin] += other.Counts[bin];
                Weights[bin] += other.Weights[bin];
            }
        }
    }

    /// <summary>One of several passes.</summary>
    private sealed class Part(IProgress<double>? whole, double start, double share) : IProgress<double>
    {
        public void Report(double value) => whole?.Report(start + share * value);
    }

    private sealed class PairList
    {
        private readonly List<float> _distances = [];
        private readonly List<long> _pairs = [];

        public void Add(float distance, int first, int second)
        {
            _distances.Add(distance);
            _pairs.Add(SortedPairs.Pack(first, second));
        }

        public void Add(PairList other)
        {
            _distances.AddRange(other._distances);
            _pairs.AddRange(other._pairs);
        }

        public SortedPairs Sort() => new([.. _distances], [.. _pairs]);
    }
}
