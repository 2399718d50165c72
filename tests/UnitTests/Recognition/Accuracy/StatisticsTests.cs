using FaceId.Application.Recognition.Accuracy;

namespace FaceId.UnitTests.Recognition.Accuracy;

/// <summary>The parts that figures are made of, each against what is known.</summary>
public sealed class StatisticsTests
{
    [Test]
    public void Neighbours_that_rise_are_pooled() => Assert.Multiple(() =>
    {
        Assert.That(Isotonic.Falling([5, 3, 4, 1], [1, 1, 1, 1]), Is.EqualTo(new[] { 5, 3.5, 3.5, 1 }));
        Assert.That(Isotonic.Falling([1, 2], [3, 1]), Is.EqualTo(new[] { 1.25, 1.25 }));
        Assert.That(Isotonic.Falling([1, 2, 3], [1, 1, 1]), Is.EqualTo(new[] { 2.0, 2, 2 }));
    });

    [Test]
    public void The_middle_95_percent_are_the_interval() => Assert.Multiple(() =>
    {
        Assert.That(Interval.Of(Enumerable.Range(0, 1001).Select(i => (double)i)), Is.EqualTo(new Interval(25, 975)));
        Assert.That(Interval.Of([1, double.NaN]), Is.Null);
    });

    [Test]
    public void A_rate_as_uncertain_as_of_a_thousand_trials_stands_on_their_errors()
    {
        // 1 % of 1000 trials: 10 errors, standard deviation sqrt(0.01 * 0.99 / 1000).
        var deviation = Math.Sqrt(0.01 * 0.99 / 1000);

        Assert.That(IndependentErrors.Of(0.01, [.. Enumerable.Range(0, 1000).Select(i => 0.01 + (i % 2 == 0 ? deviation : -deviation))]), Is.EqualTo(10).Within(0.05));
        Assert.That(IndependentErrors.Of(0, [0, 0]), Is.Zero);
    }

    [Test]
    public void An_exponential_tail_is_found_with_its_scale()
    {
        // Quantiles of an exponential depth of 0.05 on average below 1.
        const int count = 5000;
        var distances = Enumerable.Range(0, count).Select(i => (float)(1 + 0.05 * Math.Log((i + 0.5) / count))).ToArray();
        var tail = ParetoTail.Fit(1, 0.01, distances, Enumerable.Repeat(1.0, count).ToArray())!;

        Assert.That(tail.Shape, Is.EqualTo(0).Within(0.01));
        Assert.That(tail.Scale, Is.EqualTo(0.05).Within(0.001));
        Assert.That(tail.RateAt(1), Is.EqualTo(0.01).Within(1e-12));
        Assert.That(tail.RateAt(0.5), Is.EqualTo(0.01 * Math.Exp(-10)).Within(12).Percent);
    }

    [Test]
    public void A_tail_that_ends_somewhere_is_found_as_such()
    {
        // Depths spread evenly over 0 to 0.1 would have the shape -1, which is held at -1/4 with the mean kept.
        var distances = Enumerable.Range(0, 1000).Select(i => (float)(0.9 + 0.0001 * i)).ToArray();
        var tail = ParetoTail.Fit(1, 0.01, distances, Enumerable.Repeat(1.0, 1000).ToArray())!;

        Assert.That(tail.Shape, Is.EqualTo(-0.25));
        Assert.That(tail.Scale / (1 - tail.Shape), Is.EqualTo(0.05).Within(0.001));
        Assert.That(ParetoTail.Fit(1, 0.01, [1, 1], [1, 1]), Is.Null, "There is no depth to fit.");
    }

    [Test]
    public void A_normal_distribution_stays_one_beyond_its_data()
    {
        // Expected counts of 2,000 observations in bins of half a standard deviation, and nothing where less than one is expected.
        var expected = Enumerable.Range(-12, 25).Select(i => 2000 * 0.5 / Math.Sqrt(2 * Math.PI) * Math.Exp(-i * i / 8.0)).ToArray();
        var logarithm = SmoothDensity.Logarithm(expected.Select(value => value < 1 ? 0 : value).ToArray());

        Assert.That(logarithm[12], Is.EqualTo(Math.Log(expected[12])).Within(0.05));
        Assert.That(logarithm[7], Is.EqualTo(Math.Log(expected[7])).Within(0.15));
        Assert.That(logarithm[3], Is.EqualTo(Math.Log(expected[3])).Within(3), "Four and a half standard deviations out.");
        Assert.That(logarithm[0], Is.LessThan(logarithm[3]));
    }

    [Test]
    public void Resamples_are_of_people_and_the_same_each_time()
    {
        var pairs = Samples.InSpace(seed: 2, people: 150);
        double[] marks = [2, 3, 4, 4.5];
        double[] levels = [1e-2, 1e-1];
        var first = PeopleBootstrap.Run(pairs, Weighting.People, marks, levels, tailStart: null, CancellationToken.None);
        var second = PeopleBootstrap.Run(pairs, Weighting.People, marks, levels, tailStart: null, CancellationToken.None);

        Assert.That(second.Select(resample => resample.FalseMatch), Is.EqualTo(first.Select(resample => resample.FalseMatch)));
        Assert.That(first.Average(resample => resample.FalseNonMatch[1]), Is.EqualTo(pairs.FalseNonMatchRate(3, Weighting.People)).Within(0.01));
        Assert.That(first.Average(resample => resample.FalseMatch[3]), Is.EqualTo(pairs.FalseMatchRate(4.5, Weighting.People)).Within(4).Percent);

        // A false non-match rate of p over n people of one pair each would vary by sqrt(p (1 - p) / n); three pairs of one person vary together.
        var p = pairs.FalseNonMatchRate(3, Weighting.People);
        var independent = Math.Sqrt(p * (1 - p) / (150 * 3));
        Assert.That(Deviation(first.Select(resample => resample.FalseNonMatch[1])), Is.InRange(independent, independent * Math.Sqrt(3)));
    }

    [Test]
    public void Ranges_of_known_rates_hold_them()
    {
        var pairs = Samples.InSpace(seed: 3, people: 300);
        double[] marks = [3, 3.5, 4, 4.5];
        var resamples = PeopleBootstrap.Run(pairs, Weighting.People, marks, [], tailStart: null, CancellationToken.None);

        for (var i = 0; i < marks.Length; i++)
        {
            var match = Interval.Of(resamples.Select(resample => resample.FalseMatch[i]))!.Value;
            var nonMatch = Interval.Of(resamples.Select(resample => resample.FalseNonMatch[i]))!.Value;
            Assert.That(Samples.FalseMatchRateInSpace(marks[i]), Is.InRange(match.Low, match.High), $"{marks[i]}");
            Assert.That(i > 1 || Samples.FalseNonMatchRateInSpace(marks[i]) is var rate && rate >= nonMatch.Low && rate <= nonMatch.High, $"{marks[i]}");
        }
    }

    [Test]
    public void A_person_with_many_photos_makes_figures_by_pairs_less_certain()
    {
        var even = Samples.InSpace(seed: 4, people: 100, photos: 4);
        var crowded = Samples.Measure(even.Samples.Samples.Concat(Enumerable.Range(0, 400).Select(i => even.Samples.Samples[0] with { Vector = even.Samples.Samples[i % 4].Vector })));

        Assert.That(Spread(crowded, Weighting.Pairs), Is.GreaterThan(1.5 * Spread(crowded, Weighting.People)));

        static double Spread(PairDistances pairs, Weighting weighting) =>
            Deviation(PeopleBootstrap.Run(pairs, weighting, [4.5], [], tailStart: null, CancellationToken.None).Select(resample => resample.FalseMatch[0]));
    }

    private static double Deviation(IEnumerable<double> values)
    {
        var all = values.ToArray();
        var mean = all.Average();
        return Math.Sqrt(all.Sum(value => (value - mean) * (value - mean)) / (all.Length - 1));
    }
}
