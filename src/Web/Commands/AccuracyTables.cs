using FaceId.Application.Recognition.Accuracy;

namespace FaceId.Web.Commands;

/// <summary>A study on the console, in Markdown.</summary>
internal static class AccuracyTables
{
    public static void Print(AccuracyReport report)
    {
        Write($"{report.Photos} photos of {report.People} people, {report.PeopleWithPairs} of them with two or more; refused: {Refused(report)}. {report.GenuinePairs} genuine and {report.ImpostorPairs} impostor pairs. Model {report.Model}.");
        Write($"");
        Write($"| distance below | same person accepted | refused | FNMR | two people accepted | refused | FMR |");
        Write($"|---|---|---|---|---|---|---|");
        foreach (var row in report.Thresholds)
        {
            Write($"| {row.Threshold:0.00##} | {row.GenuineAccepted} | {row.GenuineRefused} | {row.FalseNonMatchRate:0.00%} | {row.ImpostorAccepted} | {row.ImpostorRefused} | {row.FalseMatchRate:0.0000%} |");
        }

        foreach (var curve in report.Curves)
        {
            Write($"");
            Write($"Every {(curve.Weighting == Weighting.Pairs ? "pair counts" : "person and every pair of people count")} the same. EER {curve.EqualErrorRate:0.00%}{Range(curve.EqualErrorRateRange)}.");
            Write($"");
            Write($"| FMR | distance below | two people accepted | worth independent errors | FMR, 95 % | FNMR | FNMR, 95 % |");
            Write($"|---|---|---|---|---|---|---|");
            foreach (var level in curve.Levels)
            {
                Write($"| {level.FalseMatchRate:0e+0} | {level.Threshold:0.0000} | {level.FalseMatches} | {level.IndependentFalseMatches:0}{(level.Carried ? "" : ", fewer than 30")} | {Exponents(level.FalseMatchRateRange)} | {level.FalseNonMatchRate:0.00%} | {Percents(level.FalseNonMatchRateRange)} |");
            }
        }

        PrintProtocol(report);
        PrintQuality(report);
        PrintGroups(report);
        PrintCalibration(report);
    }

    private static void PrintProtocol(AccuracyReport report)
    {
        if (report.Protocol is { } protocol)
        {
            Write($"");
            Write($"LFW's protocol: {protocol.Accuracy:0.00%} ± {protocol.StandardError:0.00%} (standard error over {protocol.Folds.Count} folds{(protocol.Dealt ? ", dealt from one set: they may share people" : "")}); {protocol.Pairs} pairs, {protocol.Undecided} of them with a photo without a face, counted as wrong. Thresholds {protocol.Folds.Min(fold => fold.Threshold):0.000} to {protocol.Folds.Max(fold => fold.Threshold):0.000}.");
        }
    }

    private static void PrintQuality(AccuracyReport report)
    {
        if (report.QualityBands is { } bands)
        {
            Write($"");
            PrintCategories("quality of the worse photo", bands);
        }

        if (report.Discards is { } discards)
        {
            Write($"");
            Write($"| worst photos left out | photos left | {string.Join(" | ", discards[0].FalseNonMatchRates.Select(rate => FormattableString.Invariant($"FNMR at {rate.Level:0e+0}")))} |");
            Write($"|---|---|{string.Concat(discards[0].FalseNonMatchRates.Select(_ => "---|"))}");
            foreach (var discard in discards)
            {
                Write($"| {discard.Share:0.0%} | {discard.PhotosLeft} | {string.Join(" | ", discard.FalseNonMatchRates.Select(rate => FormattableString.Invariant($"{rate.OfPeople:0.00%}")))} |");
            }
        }
    }

    private static void PrintGroups(AccuracyReport report)
    {
        Write($"");
        if (report.Groups.Count == 0)
        {
            Write($"No groups are named ({PeopleTable.FileName}), so nothing is said about them.");
        }

        foreach (var grouping in report.Groups)
        {
            PrintCategories(grouping.By, grouping.Categories);
            Write($"");
            Write($"({grouping.PeopleNotNamed} people of no named {grouping.By} are left out. Two people are compared within their group.)");
        }
    }

    private static void PrintCategories(string by, IReadOnlyList<AccuracyReport.Category> categories)
    {
        if (categories.Count == 0)
        {
            return;
        }

        Write($"| {by} | people | photos | {string.Join(" | ", categories[0].Rates.Select(rate => FormattableString.Invariant($"FMR, FNMR at {rate.Level:0e+0}")))} |");
        Write($"|---|---|---|{string.Concat(categories[0].Rates.Select(_ => "---|"))}");
        foreach (var category in categories)
        {
            Write($"| {category.Name} | {category.People} | {category.Photos} | {string.Join(" | ", category.Rates.Select(rate => FormattableString.Invariant($"{rate.FalseMatchRate:0.0e+0} ({rate.FalseMatches}), {rate.FalseNonMatchRate:0.00%} ({rate.FalseNonMatches})")))} |");
        }
    }

    private static void PrintCalibration(AccuracyReport report)
    {
        if (report.Calibration is not { } calibration)
        {
            return;
        }

        Write($"");
        Write($"Calibration {calibration.Origin.Name} {calibration.Origin.Version}, fitted to all; the same fit to each half of the people, checked on the other half:");
        foreach (var check in calibration.Checks)
        {
            Write($"");
            Write($"Checked on {check.People} people: expected calibration error {check.CalibrationError:0.0000} (by pairs {check.CalibrationErrorOfPairs:0.0000}).");
            Write($"");
            Write($"| stated FMR | distance below | range stated | observed | inside | FNMR stated | range stated | observed | inside |");
            Write($"|---|---|---|---|---|---|---|---|---|");
            foreach (var level in check.Levels)
            {
                Write($"| {level.FalseMatchRate:0e+0}{(level.FalseMatch.Extrapolated ? ", extrapolated" : "")} | {level.Distance:0.000} | {level.FalseMatch.Low:0.0e+0} to {level.FalseMatch.High:0.0e+0} | {level.ObservedFalseMatch:0.0e+0} ({level.FalseMatches} pairs) | {Answer(level.FalseMatchInside)} | {level.FalseNonMatch.Value:0.00%} | {level.FalseNonMatch.Low:0.00%} to {level.FalseNonMatch.High:0.00%} | {level.ObservedFalseNonMatch:0.00%} | {Answer(level.FalseNonMatchInside)} |");
            }
        }
    }

    public static string Refused(AccuracyReport report) =>
        report.Refused.Count == 0 ? "none" : string.Join(", ", report.Refused.Select(pair => FormattableString.Invariant($"{pair.Value} {pair.Key}")));

    public static string Percents(Interval? range) => range is { } r ? FormattableString.Invariant($"{r.Low:0.00%} to {r.High:0.00%}") : "–";

    public static string Exponents(Interval? range) => range is { } r ? FormattableString.Invariant($"{r.Low:0.0e+0} to {r.High:0.0e+0}") : "–";

    public static string Answer(bool? inside) => inside switch { true => "yes", false => "no", null => "too few pairs" };

    private static string Range(Interval? range) => range is null ? "" : $" ({Percents(range)})";

    private static void Write(FormattableString line) => Console.WriteLine(FormattableString.Invariant(line));
}
