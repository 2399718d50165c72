namespace FaceId.Application.Recognition.Accuracy;

/// <summary>Counts decisions by category of the two photos.</summary>
internal static class CategoryTally
{
    /// <summary>The category of a pair, or -1 for a pair that counts nowhere.</summary>
    public delegate int Rule(int first, int second);

    /// <summary>Pairs belong where both photos do.</summary>
    public static int Both(int first, int second) => first == second ? first : -1;

    /// <summary>Pairs belong where the worse photo does, when worse categories have smaller numbers.</summary>
    public static int Worse(int first, int second) => Math.Min(first, second);

    /// <param name="categories">Of each sample, counted from 0; -1 for one that has none.</param>
    /// <returns>For each category its counts.</returns>
    public static IReadOnlyList<Tally> Count(
        SampleSet samples, int[] categories, int count, Rule rule, double[] thresholds, CancellationToken cancellationToken)
    {
        var sums = Empty();
        foreach (var part in PairRows.Walk(samples, Empty, Add, progress: null, cancellationToken))
        {
            for (var i = 0; i < count; i++)
            {
                sums[i].Add(part[i]);
            }
        }

        for (var i = 0; i < samples.Samples.Count; i++)
        {
            if (categories[i] >= 0)
            {
                sums[categories[i]].Photos++;
                sums[categories[i]].People.Add(samples.PersonOf[i]);
            }
        }

        return sums;

        Tally[] Empty() => [.. Enumerable.Range(0, count).Select(_ => new Tally(thresholds.Length))];

        void Add(int sample, ReadOnlySpan<float> distances, Tally[] tallies)
        {
            var person = samples.PersonOf[sample];
            for (var k = 0; k < distances.Length; k++)
            {
                var other = sample + 1 + k;
                var category = rule(categories[sample], categories[other]);
                if (category < 0)
                {
                    continue;
                }

                var tally = tallies[category];
                var same = samples.PersonOf[other] == person;
                var weight = same ? samples.GenuineWeight(person) : samples.PairWeight(sample, other);
                (same ? tally.Genuine : tally.Impostor).Count(distances[k], weight, thresholds);
            }
        }
    }

    internal sealed class Tally(int thresholds)
    {
        public Kind Genuine { get; } = new(thresholds);

        public Kind Impostor { get; } = new(thresholds);

        public int Photos { get; set; }

        public HashSet<int> People { get; } = [];

        public void Add(Tally other)
        {
            Genuine.Add(other.Genuine);
            Impostor.Add(other.Impostor);
        }
    }

    internal sealed class Kind(int thresholds)
    {
        public long Pairs { get; private set; }

        public double Weight { get; private set; }

        /// <summary>Pairs nearer than each threshold.</summary>
        public long[] Below { get; } = new long[thresholds];

        /// <summary>Their weight.</summary>
        public double[] WeightBelow { get; } = new double[thresholds];

        public void Count(double distance, double weight, double[] limits)
        {
            Pairs++;
            Weight += weight;
            for (var t = 0; t < limits.Length; t++)
            {
                if (distance < limits[t])
                {
                    Below[t]++;
                    WeightBelow[t] += weight;
                }
            }
        }

        public void Add(Kind other)
        {
            Pairs += other.Pairs;
            Weight += other.Weight;
            for (var t = 0; t < Below.Length; t++)
            {
                Below[t] += other.Below[t];
                WeightBelow[t] += other.WeightBelow[t];
            }
        }
    }
}
