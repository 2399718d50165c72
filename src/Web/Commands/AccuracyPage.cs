using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using FaceId.Application.Recognition.Accuracy;
using FaceId.Infrastructure.Configuration;

namespace FaceId.Web.Commands;

/// <summary>A study as files: JSON for programs, one page for people that needs nothing beside it, and the trade-off as a picture.</summary>
internal static class AccuracyPage
{
    private const string Style =
        ":root{color-scheme:light dark;--ink:#1c1e21;--paper:#fff;--line:#d5d8dc}@media(prefers-color-scheme:dark){:root{--ink:#e8eaed;--paper:#16181b;--line:#3b3f45}}"
        + "@media print{:root{--ink:#000;--paper:#fff;--line:#ccc}section,figure,tr{break-inside:avoid}}"
        + "body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:60rem;margin:2rem auto;padding:0 1rem}"
        + "table{border-collapse:collapse;margin:1rem 0;font-variant-numeric:tabular-nums;display:block;overflow-x:auto}th,td{border-bottom:1px solid var(--line);padding:.25rem .75rem;text-align:right}th:first-child,td:first-child{text-align:left}"
        + "figure{margin:1rem 0}figure svg{width:100%;max-width:42rem;height:auto}figcaption{font-size:.9em;opacity:.85}";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase), new SixFigures() },
    };

    /// <exception cref="StartupException">The folder cannot be written to.</exception>
    public static async Task WriteAsync(AccuracyReport report, DirectoryInfo folder, CancellationToken cancellationToken)
    {
        try
        {
            folder.Create();
            await File.WriteAllBytesAsync(Path.Combine(folder.FullName, "accuracy.json"), JsonSerializer.SerializeToUtf8Bytes(report, Json), cancellationToken);
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "accuracy.html"), Render(report), cancellationToken);
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "det.svg"), AccuracyPlots.Det(report).Render(standalone: true) + '\n', cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"--out: {folder} cannot be written to: {exception.Message}");
        }
    }

    internal static string Render(AccuracyReport report)
    {
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $"<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>FaceId: accuracy of {Encode(report.Model)}</title><style>{Style}{SvgChart.Style}</style></head><body>\n");
        page.Append(CultureInfo.InvariantCulture, $"<h1>Accuracy of {Encode(report.Model)}</h1><p>{report.Date:yyyy-MM-dd}. {report.Photos:N0} photos of {report.People:N0} people, {report.PeopleWithPairs:N0} of them with two or more. {report.GenuinePairs:N0} pairs of one person, {report.ImpostorPairs:N0} of two. Failures to enrol: {Encode(AccuracyTables.Refused(report))}.{(report.SeveralFaces ? " Of photos with several faces the one nearest to the centre was taken." : "")}</p>\n");
        page.Append("<p>FMR, the false match rate, is the share of pairs of two people that are taken for one; FNMR, the false non-match rate, the share of pairs of one person that are taken for two. Ranges are those of 95 % of 500 resamples of the people. A rate is carried by the data when it is worth 30 independent errors or more.</p>\n");
        Section(page, "Trade-off", Figure(AccuracyPlots.Det(report), "Dashed where fewer than 30 independent errors carry the false match rate. Whiskers: 95 %.") + string.Concat(report.Curves.Select(CurveTable)));
        Section(page, "Distances", Figure(AccuracyPlots.Distributions(report), "Everybody, and every pair of people, counting the same.") + DecisionTable(report));
        Calibration(page, report);
        if (report.Protocol is { } protocol)
        {
            Section(page, "LFW's protocol", string.Create(CultureInfo.InvariantCulture, $"<p>{protocol.Accuracy:0.00%} ± {protocol.StandardError:0.00%} over {protocol.Folds.Count} folds of together {protocol.Pairs:N0} pairs, the threshold of each chosen on the others{(protocol.Dealt ? "; the file has one set, so folds may share people" : "")}. {protocol.Undecided} pairs have a photo without a face and count as wrong.</p>"));
        }

        Quality(page, report);
        Groups(page, report);
        return page.Append("</body></html>\n").ToString();
    }

    private static void Calibration(StringBuilder page, AccuracyReport report)
    {
        if (report.Calibration is not { } calibration)
        {
            return;
        }

        var body = new StringBuilder(Figure(AccuracyPlots.Confidence(calibration), "Probability that it is the same person, when before it was as likely as not."));
        if (calibration.Checks.Count == 0)
        {
            body.Append("<p>It was not checked: half of these people are too few for a calibration.</p>");
        }
        else
        {
            body.Append("<p>Fitted to all people. To check the way it is made, each half of the people was held against a table fitted to the other half.</p>");
            body.Append(Figure(AccuracyPlots.Reliability(calibration), "On the dashed line, what is said is what is so. The larger a dot, the more pairs it stands for; small ones hang on a few people."));
        }

        foreach (var check in calibration.Checks)
        {
            body.Append(CultureInfo.InvariantCulture, $"<p>Checked on {check.People:N0} people: expected calibration error {check.CalibrationError:0.0000}, by pairs {check.CalibrationErrorOfPairs:0.0000}.</p>");
            body.Append(Table(
                ["FMR stated", "distance below", "range stated", "observed", "inside", "FNMR stated", "range stated", "observed", "inside"],
                check.Levels.Select(level => new[]
                {
                    Text($"{level.FalseMatchRate:0e+0}{(level.FalseMatch.Extrapolated ? ", extrapolated" : "")}"),
                    Text($"{level.Distance:0.000}"),
                    Text($"{level.FalseMatch.Low:0.0e+0} to {level.FalseMatch.High:0.0e+0}"),
                    Text($"{level.ObservedFalseMatch:0.0e+0}"),
                    AccuracyTables.Answer(level.FalseMatchInside),
                    Text($"{level.FalseNonMatch.Value:0.00%}"),
                    Text($"{level.FalseNonMatch.Low:0.00%} to {level.FalseNonMatch.High:0.00%}"),
                    Text($"{level.ObservedFalseNonMatch:0.00%}"),
                    AccuracyTables.Answer(level.FalseNonMatchInside),
                })));
        }

        Section(page, "Calibration", body.ToString());
    }

    private static void Quality(StringBuilder page, AccuracyReport report)
    {
        var body = new StringBuilder();
        if (report.QualityBands is { } bands)
        {
            body.Append("<p>Pairs by the quality of the worse of their photos.</p>").Append(CategoryTable("quality", bands));
        }

        if (report.Discards is { } discards)
        {
            body.Append(Figure(AccuracyPlots.Discards(discards), "At the thresholds of the false match rates over all photos."));
        }

        Section(page, "Quality of the photos", body.Length > 0 ? body.ToString() : "<p>Nothing measured the quality of these photos.</p>");
    }

    private static void Groups(StringBuilder page, AccuracyReport report)
    {
        var body = report.Groups.Count == 0
            ? $"<p>The data name no groups: there is no {PeopleTable.FileName}. So nothing is said about them.</p>"
            : string.Concat(report.Groups.Select(grouping => CategoryTable(grouping.By, grouping.Categories) + string.Create(CultureInfo.InvariantCulture, $"<p>{grouping.PeopleNotNamed} people of no named {Encode(grouping.By)} are left out. Two people are compared within their group.</p>")));
        Section(page, "Groups of people", body);
    }

    private static string CurveTable(AccuracyReport.Curve curve) =>
        string.Create(CultureInfo.InvariantCulture, $"<p>Every {(curve.Weighting == Weighting.Pairs ? "pair counts" : "person, and every pair of people, counts")} the same. Equal error rate {curve.EqualErrorRate:0.00%} ({AccuracyTables.Percents(curve.EqualErrorRateRange)}).</p>")
        + Table(
            ["FMR", "distance below", "false matches", "independent", "FMR, 95 %", "FNMR", "FNMR, 95 %"],
            curve.Levels.Select(level => new[]
            {
                Text($"{level.FalseMatchRate:0e+0}"),
                Text($"{level.Threshold:0.0000}"),
                Text($"{level.FalseMatches:N0}"),
                Text($"{level.IndependentFalseMatches:0}{(level.Carried ? "" : ", too few")}"),
                AccuracyTables.Exponents(level.FalseMatchRateRange),
                Text($"{level.FalseNonMatchRate:0.00%}"),
                AccuracyTables.Percents(level.FalseNonMatchRateRange),
            }));

    private static string DecisionTable(AccuracyReport report) => Table(
        ["distance below", "one person, accepted", "refused", "FNMR", "two people, accepted", "refused", "FMR"],
        report.Thresholds.Select(row => new[]
        {
            Text($"{row.Threshold:0.00##}"),
            Text($"{row.GenuineAccepted:N0}"),
            Text($"{row.GenuineRefused:N0}"),
            Text($"{row.FalseNonMatchRate:0.00%}"),
            Text($"{row.ImpostorAccepted:N0}"),
            Text($"{row.ImpostorRefused:N0}"),
            Text($"{row.FalseMatchRate:0.0000%}"),
        }));

    private static string CategoryTable(string by, IReadOnlyList<AccuracyReport.Category> categories) => categories.Count == 0 ? "" : Table(
        [by, "people", "photos", .. categories[0].Rates.SelectMany(rate => new[] { Text($"FMR at {rate.Level:0e+0}"), Text($"FNMR at {rate.Level:0e+0}") })],
        categories.Select(category => (string[])
        [
            category.Name,
            Text($"{category.People:N0}"),
            Text($"{category.Photos:N0}"),
            .. category.Rates.SelectMany(rate => new[] { Text($"{rate.FalseMatchRate:0.0e+0} ({rate.FalseMatches:N0})"), Text($"{rate.FalseNonMatchRate:0.00%} ({rate.FalseNonMatches:N0})") }),
        ]));

    private static void Section(StringBuilder page, string title, string body) => page.Append(CultureInfo.InvariantCulture, $"<section><h2>{title}</h2>\n{body}</section>\n");

    private static string Figure(SvgChart chart, string caption) => $"<figure>{chart.Render()}<figcaption>{caption}</figcaption></figure>\n";

    private static string Table(IReadOnlyList<string> head, IEnumerable<string[]> rows) =>
        $"<table><thead><tr>{string.Concat(head.Select(cell => $"<th>{Encode(cell)}</th>"))}</tr></thead><tbody>{string.Concat(rows.Select(row => $"<tr>{string.Concat(row.Select(cell => $"<td>{Encode(cell)}</td>"))}</tr>"))}</tbody></table>\n";

    private static string Text(FormattableString text) => FormattableString.Invariant(text);

    private static string Encode(string text) => WebUtility.HtmlEncode(text);

    /// <summary>There is no more in them, and files can be compared.</summary>
    private sealed class SixFigures : JsonConverter<double>
    {
        public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDouble();

        public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options) =>
            writer.WriteRawValue(double.IsFinite(value) ? value.ToString("G6", CultureInfo.InvariantCulture) : "null");
    }
}
