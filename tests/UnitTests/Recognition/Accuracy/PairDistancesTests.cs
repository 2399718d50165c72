using FaceId.Application.Recognition.Accuracy;
using FaceId.Domain.Faces;

namespace FaceId.UnitTests.Recognition.Accuracy;

public sealed class PairDistancesTests
{
    [Test]
    public void Pairs_of_one_person_and_of_two_are_told_apart()
    {
        var pairs = Samples.OnALine();

        Assert.That((pairs.GenuinePairs, pairs.ImpostorPairs), Is.EqualTo((2, 8)));
        Assert.That(pairs.Samples.PeopleWithPairs, Is.EqualTo(2));
    }

    [TestCase(0.4, 0, 2)]
    [TestCase(0.5, 0, 2)]
    [TestCase(0.75, 0, 1)]
    [TestCase(2.25, 1, 0)]
    [TestCase(6.5, 4, 0)]
    [TestCase(6.75, 5, 0)]
    [TestCase(100, 8, 0)]
    public void A_threshold_takes_what_is_nearer_for_one_person(double threshold, int falseMatches, int falseNonMatches)
    {
        var pairs = Samples.OnALine();

        Assert.That((pairs.FalseMatches(threshold), pairs.FalseNonMatches(threshold)), Is.EqualTo((falseMatches, falseNonMatches)));
        Assert.That(pairs.FalseMatchRate(threshold, Weighting.Pairs), Is.EqualTo(falseMatches / 8.0));
        Assert.That(pairs.FalseNonMatchRate(threshold, Weighting.Pairs), Is.EqualTo(falseNonMatches / 2.0));
    }

    [Test]
    public void Every_pair_of_people_can_count_the_same()
    {
        var pairs = Samples.OnALine();

        // Of three pairs of people one has four pairs of photos, of which one is nearer than 2.25; the others have two.
        Assert.That(pairs.FalseMatchRate(2.25, Weighting.People), Is.EqualTo(0.25 / 3).Within(1e-12));
        Assert.That(pairs.FalseMatchRate(6.75, Weighting.People), Is.EqualTo(1.5 / 3).Within(1e-12));
    }

    [Test]
    public void Every_person_can_count_the_same()
    {
        // Six pairs within 0.3 of one person, one pair 1 apart of the other.
        var pairs = Samples.Measure(Samples.At("a", 0), Samples.At("a", 0.1f), Samples.At("a", 0.2f), Samples.At("a", 0.3f), Samples.At("b", 5), Samples.At("b", 6));

        Assert.That(pairs.FalseNonMatchRate(0.5, Weighting.Pairs), Is.EqualTo(1 / 7.0).Within(1e-12));
        Assert.That(pairs.FalseNonMatchRate(0.5, Weighting.People), Is.EqualTo(0.5).Within(1e-12));
    }

    [TestCase(0, 2)]
    [TestCase(0.1, 2)]
    [TestCase(0.125, 2.5)]
    [TestCase(0.3, 3)]
    public void The_threshold_of_a_rate_is_the_largest_that_keeps_to_it(double rate, double threshold) =>
        Assert.That(Samples.OnALine().ThresholdAt(rate, Weighting.Pairs), Is.EqualTo(threshold).Within(1e-6));

    [Test]
    public void The_equal_error_rate_is_where_the_rates_meet()
    {
        // Genuine 1 and 5, impostor 2 to 8: between 2 and 5 half of the genuine pairs are refused; of eight others four are nearer than 5.
        var pairs = Samples.Measure(Samples.At("a", 0), Samples.At("a", 1), Samples.At("b", 3), Samples.At("b", 8), Samples.At("c", -1));
        var (threshold, rate) = pairs.EqualErrorRate(Weighting.Pairs);

        Assert.That(pairs.FalseMatchRate(threshold - 0.001, Weighting.Pairs), Is.LessThanOrEqualTo(0.5));
        Assert.That(rate, Is.EqualTo(0.5).Within(0.13));
    }

    [Test]
    public void Normally_distributed_features_give_the_rates_that_theory_says()
    {
        var pairs = Samples.InSpace(seed: 1);

        Assert.That(pairs.ImpostorPairs, Is.EqualTo(600L * 599 / 2 * 9));
        foreach (var threshold in new[] { 3.5, 4, 5, 6 })
        {
            Assert.That(pairs.FalseMatchRate(threshold, Weighting.People), Is.EqualTo(Samples.FalseMatchRateInSpace(threshold)).Within(8).Percent, $"{threshold}");
        }

        foreach (var threshold in new[] { 2.0, 2.5, 3, 4 })
        {
            Assert.That(pairs.FalseNonMatchRate(threshold, Weighting.People), Is.EqualTo(Samples.FalseNonMatchRateInSpace(threshold)).Within(0.025), $"{threshold}");
        }

        // Where the two meet by theory.
        var (low, high) = (2.0, 6.0);
        for (var i = 0; i < 50; i++)
        {
            var middle = (low + high) / 2;
            (low, high) = Samples.FalseMatchRateInSpace(middle) < Samples.FalseNonMatchRateInSpace(middle) ? (middle, high) : (low, middle);
        }

        Assert.That(pairs.EqualErrorRate(Weighting.People).Rate, Is.EqualTo(Samples.FalseMatchRateInSpace(low)).Within(10).Percent);
        Assert.That(pairs.EqualErrorRate(Weighting.People).Threshold, Is.EqualTo(low).Within(0.05));
    }

    [Test]
    public void Distances_are_those_of_the_vectors_whatever_their_length([Values(1, 7, 128, 129)] int length)
    {
        var random = new Random(length);
        var samples = Enumerable.Range(0, 9).Select(i => new FaceSample(
            $"person {i / 3}", new FaceVector(Samples.Model, Enumerable.Range(0, length).Select(_ => random.NextSingle()).ToArray()))).ToList();
        var expected = (from i in Enumerable.Range(0, 9)
                        from j in Enumerable.Range(0, 9)
                        where i < j && samples[i].Person != samples[j].Person
                        select samples[i].Vector.DistanceTo(samples[j].Vector)).Order();

        Assert.That(Samples.Measure(samples).Nearest.Distances, Is.EqualTo(expected).AsCollection.Within(1e-5));
    }

    [Test]
    public void Vectors_of_two_models_are_not_compared() =>
        Assert.That(() => new SampleSet([Samples.At("a", 1), new FaceSample("b", new FaceVector("other", new[] { 1f }))]), Throws.ArgumentException);

    [Test]
    public void Comparing_stops_when_asked()
    {
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();

        Assert.That(
            () => PairDistances.Measure(new SampleSet([Samples.At("a", 0), Samples.At("a", 1), Samples.At("b", 2)]), progress: null, cancelled.Token),
            Throws.InstanceOf<OperationCanceledException>());
    }
}
