using FaceId.Domain.Recognition;

namespace FaceId.Application.Recognition.Accuracy;

/// <summary>Everything that was measured, without a word of who the people are.</summary>
/// <param name="Refused">Failures to enrol, by the code of the refusal.</param>
/// <param name="Curves">The figures, once for each way of counting.</param>
/// <param name="Histogram">How the distances are distributed; every person and every pair of people counting the same.</param>
/// <param name="QualityBands">Null where nothing measured the photos' quality.</param>
/// <param name="Discards">Null where nothing measured the photos' quality.</param>
/// <param name="Groups">Empty where the data name no groups.</param>
/// <param name="Protocol">LFW's own protocol; null where no pairs were given.</param>
/// <param name="Calibration">Null where none was made.</param>
public sealed record AccuracyReport(
    string Format,
    string Model,
    DateOnly Date,
    int People,
    int PeopleWithPairs,
    int Photos,
    long GenuinePairs,
    long ImpostorPairs,
    bool SeveralFaces,
    IReadOnlyDictionary<string, int> Refused,
    IReadOnlyList<AccuracyReport.Curve> Curves,
    IReadOnlyList<AccuracyReport.Row> Thresholds,
    IReadOnlyList<AccuracyReport.Bar> Histogram,
    IReadOnlyList<AccuracyReport.Category>? QualityBands,
    IReadOnlyList<AccuracyReport.Discard>? Discards,
    IReadOnlyList<AccuracyReport.Grouping> Groups,
    LfwProtocol.Result? Protocol,
    AccuracyReport.CalibrationMade? Calibration)
{
    public const string CurrentFormat = "faceid-accuracy/1";

    /// <param name="EqualErrorRateRange">Where it lies 19 times out of 20 with other people; null where they are too few to say.</param>
    /// <param name="Det">Points of the trade-off, by rising threshold.</param>
    public sealed record Curve(
        Weighting Weighting, double EqualErrorRate, Interval? EqualErrorRateRange, IReadOnlyList<Level> Levels, IReadOnlyList<DetPoint> Det);

    /// <param name="FalseMatchRate">The rate that was asked for.</param>
    /// <param name="Threshold">The largest distance that keeps to it.</param>
    /// <param name="FalseMatches">Pairs of two people that are nearer.</param>
    /// <param name="IndependentFalseMatches">How many independent errors the false match rate is worth.</param>
    /// <param name="Carried">Whether those are 30 or more, which Doddington's rule asks for.</param>
    public sealed record Level(
        double FalseMatchRate,
        double Threshold,
        long FalseMatches,
        double IndependentFalseMatches,
        bool Carried,
        Interval? FalseMatchRateRange,
        double FalseNonMatchRate,
        Interval? FalseNonMatchRateRange);

    public sealed record DetPoint(double Threshold, double FalseMatchRate, double FalseNonMatchRate);

    /// <summary>The decisions at a threshold, counted by pairs.</summary>
    public sealed record Row(double Threshold, long GenuineAccepted, long GenuineRefused, double FalseNonMatchRate, long ImpostorAccepted, long ImpostorRefused, double FalseMatchRate);

    /// <param name="Distance">Middle of the bar.</param>
    public sealed record Bar(double Distance, double Genuine, double Impostor);

    public sealed record Grouping(string By, int PeopleNotNamed, IReadOnlyList<Category> Categories);

    public sealed record Category(string Name, int People, int Photos, long GenuinePairs, long ImpostorPairs, IReadOnlyList<CategoryRates> Rates);

    /// <param name="Level">The false match rate over all pairs at whose threshold this is measured.</param>
    /// <param name="FalseMatchRate">Null without a pair of two people; every pair of people counting the same.</param>
    /// <param name="FalseNonMatchRate">Null without a pair of one person; every person counting the same.</param>
    public sealed record CategoryRates(double Level, double Threshold, double? FalseMatchRate, long FalseMatches, double? FalseNonMatchRate, long FalseNonMatches);

    /// <param name="Share">Share of the photos that was left out, the worst first.</param>
    /// <param name="FalseNonMatchRates">At the thresholds of the false match rates over all photos; null where no pair is left.</param>
    public sealed record Discard(double Share, int PhotosLeft, long GenuinePairsLeft, IReadOnlyList<DiscardRate> FalseNonMatchRates);

    public sealed record DiscardRate(double Level, double? OfPairs, double? OfPeople);

    /// <param name="Checks">Each half of the people held against a table that was fitted to the other half in the same way.</param>
    public sealed record CalibrationMade(CalibrationOrigin Origin, IReadOnlyList<CalibrationCheck> Checks, IReadOnlyList<CalibrationPoint> Points);
}
