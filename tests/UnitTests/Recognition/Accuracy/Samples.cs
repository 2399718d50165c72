using FaceId.Application.Recognition.Accuracy;
using FaceId.Domain.Faces;

namespace FaceId.UnitTests.Recognition.Accuracy;

/// <summary>People whose distances are known.</summary>
internal static class Samples
{
    public const string Model = "test";
    private const int Dimensions = 16;

    public static FaceSample At(string person, float x, double? quality = null, string? band = null) =>
        new(person, new FaceVector(Model, new[] { x }), quality, band);

    /// <summary>Five photos on a line: 1 and 0.5 apart of one person, 2, 2.5, 3, 3.5, 6.5, 7, 9 and 10 of two.</summary>
    public static PairDistances OnALine() => Measure(At("a", 0), At("a", 1), At("b", 3), At("b", 3.5f), At("c", 10));

    public static PairDistances Measure(params IEnumerable<FaceSample> samples) => PairDistances.Measure(new SampleSet(samples), progress: null, CancellationToken.None);

    /// <summary>
    /// People and their photos normally distributed in 16 dimensions: the squares of distances follow chi-squared distributions, of one
    /// person's photos scaled by 2 tau², of two people's by 2 (1 + tau²).
    /// </summary>
    public static PairDistances InSpace(int seed, int people = 600, int photos = 3, double tau = 0.5)
    {
        var random = new Random(seed);
        return Measure(Enumerable.Range(0, people).SelectMany(person =>
        {
            var centre = Enumerable.Range(0, Dimensions).Select(_ => Normal(random)).ToArray();
            return Enumerable.Range(0, photos).Select(_ => new FaceSample(
                $"person {person}", new FaceVector(Model, Array.ConvertAll(centre, x => (float)(x + tau * Normal(random))))));
        }).ToList());
    }

    public static double FalseMatchRateInSpace(double threshold, double tau = 0.5) => ChiSquared(threshold * threshold / (2 * (1 + tau * tau)));

    public static double FalseNonMatchRateInSpace(double threshold, double tau = 0.5) => 1 - ChiSquared(threshold * threshold / (2 * tau * tau));

    /// <summary>The logarithm of how much likelier a distance is between one person's photos than between two people's.</summary>
    public static double LogRatioInSpace(double distance, double tau = 0.5)
    {
        var (same, two) = (2 * tau * tau, 2 * (1 + tau * tau));
        return Dimensions / 2.0 * Math.Log(two / same) - distance * distance / 2 * (1 / same - 1 / two);
    }

    private static double ChiSquared(double x)
    {
        // Of an even number of dimensions; summed from the small end, where 1 - exp(...) would lose its figures.
        var (term, sum) = (Math.Exp(-x / 2), 0.0);
        for (var k = 1; k < 200; k++)
        {
            term *= x / 2 / k;
            sum += k >= Dimensions / 2 ? term : 0;
        }

        return sum;
    }

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
