using System.Globalization;
using FaceId.Application.Recognition.Accuracy;

namespace FaceId.Web.Commands;

/// <summary>The plots of a study.</summary>
internal static class AccuracyPlots
{
    private static readonly (double Value, string Label)[] ErrorTicks =
    [
        (1e-6, "10⁻⁶"), (1e-5, "10⁻⁵"), (1e-4, "10⁻⁴"), (1e-3, "0.1 %"), (1e-2, "1 %"), (0.05, "5 %"), (0.2, "20 %"), (0.5, "50 %"), (0.8, "80 %"), (0.95, "95 %"),
    ];

    /// <summary>Detection error trade-off: on scales of normal deviates, normally distributed distances make a straight line.</summary>
    public static SvgChart Det(AccuracyReport report)
    {
        var least = Math.Clamp(report.Curves.SelectMany(curve => curve.Det).Select(point => point.FalseMatchRate).DefaultIfEmpty(1e-3).Min(), 1e-6, 1e-2);
        var chart = new SvgChart("Detection error trade-off", Errors("false match rate", least, 0.5), Errors("false non-match rate", 1e-3, 0.95));
        foreach (var curve in report.Curves)
        {
            var series = (int)curve.Weighting;
            var carried = curve.Levels.Where(level => level.Carried).Select(level => level.FalseMatchRate).DefaultIfEmpty(1).Min();
            var points = curve.Det.Where(point => point.FalseMatchRate >= least && point.FalseNonMatchRate > 0).Select(point => (point.FalseMatchRate, point.FalseNonMatchRate)).ToList();
            chart.Curve(series, points.Where(point => point.FalseMatchRate >= carried));
            chart.Curve(series, points.Where(point => point.FalseMatchRate <= carried * 1.13), dashed: true);
            foreach (var level in curve.Levels.Where(level => level.FalseMatchRate >= least && level.FalseNonMatchRate > 0))
            {
                chart.Mark(series, level.FalseMatchRate, level.FalseNonMatchRate, level.FalseNonMatchRateRange?.Low, level.FalseNonMatchRateRange?.High);
            }

            chart.Legend(series, curve.Weighting == Weighting.Pairs ? "every pair counts the same" : "everybody counts the same");
        }

        return chart;
    }

    public static SvgChart Distributions(AccuracyReport report)
    {
        var width = report.Histogram.Count > 1 ? report.Histogram[1].Distance - report.Histogram[0].Distance : 1;
        var most = report.Histogram.Max(bar => Math.Max(bar.Genuine, bar.Impostor));
        return new SvgChart(
                "Distributions of the distances",
                Straight("distance", 0, report.Histogram[^1].Distance + width / 2, "0.##"),
                Straight("share", 0, most * 1.1, "0.#%"))
            .Bars(0, width, report.Histogram.Select(bar => (bar.Distance, bar.Genuine)))
            .Bars(1, width, report.Histogram.Select(bar => (bar.Distance, bar.Impostor)))
            .Legend(0, "one person")
            .Legend(1, "two people");
    }

    public static SvgChart Confidence(AccuracyReport.CalibrationMade calibration)
    {
        var shown = calibration.Points.Where(point => point.FalseMatch.Value is > 1e-9 and < 0.9999).ToList();
        return new SvgChart("Confidence by distance", Straight("distance", shown[0].Distance, shown[^1].Distance, "0.##"), Straight("probability that it is the same person", 0, 1, "0%"))
            .Curve(0, shown.Select(point => (point.Distance, point.Confidence)));
    }

    /// <summary>Of the pairs of which the confidence says so much, how many were of one person?</summary>
    public static SvgChart Reliability(AccuracyReport.CalibrationMade calibration)
    {
        var chart = new SvgChart("Reliability of the confidence", Straight("confidence stated", 0, 1, "0%"), Straight("same person, observed", 0, 1, "0%")) { LegendLeft = true }
            .Curve(2, [(0, 0), (1, 1)], dashed: true);
        foreach (var (series, check) in calibration.Checks.Index())
        {
            foreach (var bin in check.Bins)
            {
                chart.Mark(series, bin.Confidence, bin.Same, radius: 1 + 12 * Math.Sqrt(bin.Share));
            }

            chart.Legend(series, series == 0 ? "fitted to the first half" : "fitted to the second half");
        }

        return chart;
    }

    public static SvgChart Discards(IReadOnlyList<AccuracyReport.Discard> discards)
    {
        var most = discards.SelectMany(discard => discard.FalseNonMatchRates).Max(rate => rate.OfPeople ?? 0);
        var chart = new SvgChart(
            "Errors when the worst photos are left out",
            Straight("share of photos left out", 0, discards[^1].Share, "0%"),
            Straight("false non-match rate", 0, Math.Max(most * 1.1, 1e-3), "0.##%"));
        for (var t = 0; t < discards[0].FalseNonMatchRates.Count; t++)
        {
            chart.Curve(t, discards.Where(discard => discard.FalseNonMatchRates[t].OfPeople is not null).Select(discard => (discard.Share, discard.FalseNonMatchRates[t].OfPeople!.Value)));
            chart.Legend(t, string.Create(CultureInfo.InvariantCulture, $"at a false match rate of {discards[0].FalseNonMatchRates[t].Level:0e+0}"));
        }

        return chart;
    }

    /// <summary>How many standard deviations below the mean so much of a normal distribution ends (Acklam's approximation, to 1e-9).</summary>
    internal static double NormalDeviate(double share)
    {
        ReadOnlySpan<double> a = [-3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.383577518672690e2, -3.066479806614716e1, 2.506628277459239];
        ReadOnlySpan<double> b = [-5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1, -1.328068155288572e1, 1];
        ReadOnlySpan<double> c = [-7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734, 4.374664141464968, 2.938163982698783];
        ReadOnlySpan<double> d = [7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416, 1];
        if (share is < 0.02425 or > 0.97575)
        {
            var q = Math.Sqrt(-2 * Math.Log(Math.Min(share, 1 - share)));
            return Math.Sign(0.5 - share) * Polynomial(c, q) / Polynomial(d, q);
        }

        var r = share - 0.5;
        return r * Polynomial(a, r * r) / Polynomial(b, r * r);
    }

    private static double Polynomial(ReadOnlySpan<double> coefficients, double x)
    {
        var value = 0.0;
        foreach (var coefficient in coefficients)
        {
            value = value * x + coefficient;
        }

        return value;
    }

    private static SvgChart.Axis Errors(string label, double least, double most) =>
        new(label, least, most, NormalDeviate, [.. ErrorTicks.Where(tick => tick.Value >= least && tick.Value <= most)]);

    private static SvgChart.Axis Straight(string label, double least, double most, string format)
    {
        // Five to ten ticks at round values.
        var power = Math.Pow(10, Math.Floor(Math.Log10((most - least) / 5)));
        var step = power * (((most - least) / 5 / power) switch { >= 5 => 5, >= 2 => 2, _ => 1 });
        var ticks = new List<(double, string)>();
        for (var value = Math.Ceiling(least / step) * step; value <= most + step * 1e-9; value += step)
        {
            ticks.Add((value, value.ToString(format, CultureInfo.InvariantCulture)));
        }

        return new SvgChart.Axis(label, least, most, x => x, ticks);
    }
}
