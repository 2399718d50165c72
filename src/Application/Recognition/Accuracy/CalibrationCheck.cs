using FaceId.Domain.Recognition;

namespace FaceId.Application.Recognition.Accuracy;

/// <summary>What a calibration says, beside what other people's photos show.</summary>
/// <param name="CalibrationError">
/// Expected calibration error of the confidence: the mean distance between what it says and how often it was the same person, over bins
/// of the confidence; every person and every pair of people counting the same, genuine and impostor pairs half each.
/// </param>
/// <param name="CalibrationErrorOfPairs">The same where every pair counts the same.</param>
/// <param name="Bins">The confidence in twenty bins of equal width; those without pairs are left out.</param>
/// <param name="Levels">The thresholds that the calibration gives for false match rates.</param>
public sealed record CalibrationCheck(
    int People, int Photos, double CalibrationError, double CalibrationErrorOfPairs, IReadOnlyList<CalibrationCheck.Bin> Bins, IReadOnlyList<CalibrationCheck.Level> Levels)
{
    private const int BinCount = 20;

    private static readonly double[] CheckedLevels = [1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6];

    /// <summary>Holds a calibration against people who had no part in it.</summary>
    public static CalibrationCheck Of(Calibration calibration, PairDistances others)
    {
        var ofPeople = Reliability(calibration, others, Weighting.People);
        return new CalibrationCheck(
            others.Samples.People,
            others.Samples.Samples.Count,
            Error(ofPeople),
            Error(Reliability(calibration, others, Weighting.Pairs)),
            ofPeople,
            [.. CheckedLevels.Where(level => level >= calibration.LeastFalseMatchRate).Select(level => Check(calibration, others, level))]);
    }

    private static double Error(IReadOnlyList<Bin> bins) => bins.Sum(bin => bin.Share * Math.Abs(bin.Confidence - bin.Same));

    private static Level Check(Calibration calibration, PairDistances others, double level)
    {
        var distance = calibration.DistanceAt(level).Value;
        var stated = calibration.At(distance);
        return new Level(
            level,
            distance,
            stated.FalseMatch,
            others.FalseMatchRate(distance, Weighting.People),
            others.FalseMatchRate(distance, Weighting.Pairs),
            others.FalseMatches(distance),
            level * others.ImpostorPairs,
            stated.FalseNonMatch,
            others.FalseNonMatchRate(distance, Weighting.People),
            others.FalseNonMatchRate(distance, Weighting.Pairs));
    }

    private static List<Bin> Reliability(Calibration calibration, PairDistances others, Weighting weighting)
    {
        var genuine = new double[BinCount];
        var impostor = new double[BinCount];
        var said = new double[BinCount];
        var samples = others.Samples;
        for (var i = 0; i < others.Genuine.Count; i++)
        {
            var weight = weighting == Weighting.Pairs ? 1.0 / others.Genuine.Count : samples.GenuineWeight(samples.PersonOf[others.Genuine.First(i)]) / samples.PeopleWithPairs;
            Put(others.Genuine.Distances[i], weight, genuine);
        }

        var total = others.Impostors.Weights.Sum();
        for (var bin = 0; bin < others.Impostors.Counts.Length; bin++)
        {
            var weight = weighting == Weighting.Pairs ? (double)others.Impostors.Counts[bin] / others.ImpostorPairs : others.Impostors.Weights[bin] / total;
            if (weight > 0)
            {
                Put((bin + 0.5) / others.BinsPerUnit, weight, impostor);
            }
        }

        return
        [
            .. Enumerable.Range(0, BinCount).Where(bin => genuine[bin] + impostor[bin] > 0).Select(bin => new Bin(
                (genuine[bin] + impostor[bin]) / 2,
                said[bin] / (genuine[bin] + impostor[bin]),
                genuine[bin] / (genuine[bin] + impostor[bin]))),
        ];

        void Put(double distance, double weight, double[] kind)
        {
            var confidence = calibration.ConfidenceAt(distance);
            var bin = Math.Min((int)(confidence * BinCount), BinCount - 1);
            kind[bin] += weight;
            said[bin] += weight * confidence;
        }
    }

    /// <param name="Share">Share of the pairs whose confidence falls into the bin.</param>
    /// <param name="Confidence">What it says on average.</param>
    /// <param name="Same">How often it was the same person.</param>
    public sealed record Bin(double Share, double Confidence, double Same);

    /// <param name="FalseMatch">What the calibration says of this distance.</param>
    /// <param name="ObservedFalseMatch">What the people of the check show, every pair of people counting the same.</param>
    /// <param name="ObservedFalseMatchOfPairs">The same, every pair of photos counting the same.</param>
    public sealed record Level(
        double FalseMatchRate,
        double Distance,
        CalibratedRate FalseMatch,
        double ObservedFalseMatch,
        double ObservedFalseMatchOfPairs,
        long FalseMatches,
        double ExpectedFalseMatches,
        CalibratedRate FalseNonMatch,
        double ObservedFalseNonMatch,
        double ObservedFalseNonMatchOfPairs)
    {
        /// <summary>Whether the false match rate observed lies in the range stated; null where these pairs are too few to tell.</summary>
        public bool? FalseMatchInside => ExpectedFalseMatches < IndependentErrors.Enough ? null : Inside(FalseMatch, ObservedFalseMatch);

        public bool FalseNonMatchInside => Inside(FalseNonMatch, ObservedFalseNonMatch);

        private static bool Inside(CalibratedRate stated, double observed) => observed >= stated.Low && observed <= stated.High;
    }
}
