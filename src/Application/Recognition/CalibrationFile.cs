using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using ErrorOr;
using FaceId.Application.Recognition.Accuracy;
using FaceId.Domain.Recognition;

namespace FaceId.Application.Recognition;

/// <summary>A calibration as a file in JSON; docs/accuracy.md describes it.</summary>
public static class CalibrationFile
{
    public const string Format = "faceid-calibration/1";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <returns>The calibration, or <c>calibration_invalid</c> with a sentence that says what is wrong with the file.</returns>
    public static ErrorOr<Calibration> Read(ReadOnlySpan<byte> json)
    {
        Document? document;
        try
        {
            document = JsonSerializer.Deserialize<Document>(json, Json);
        }
        catch (JsonException exception)
        {
            return CalibrationErrors.Invalid($"It is no calibration in JSON: {exception.Message}");
        }

        if (document?.Format != Format)
        {
            return CalibrationErrors.Invalid($"Its format is '{document?.Format}', not '{Format}'.");
        }

        if (document.Prior != Calibration.Prior)
        {
            return CalibrationErrors.Invalid(string.Create(CultureInfo.InvariantCulture, $"Its confidence supposes a prior of {document.Prior}, not {Calibration.Prior}."));
        }

        return Calibration.Create(
            new CalibrationOrigin(
                document.Model, document.Name, document.Version, document.Date, document.Source, document.People, document.Photos, document.GenuinePairs, document.ImpostorPairs),
            [.. document.Points.Select(point => new CalibrationPoint(point.Distance, FromDocument(point.FalseMatch), FromDocument(point.FalseNonMatch), point.Confidence))]);
    }

    /// <param name="checks">What was found when it was checked, for whoever opens the file.</param>
    public static byte[] Write(Calibration calibration, IReadOnlyList<CalibrationCheck> checks)
    {
        var origin = calibration.Origin;
        var json = JsonSerializer.Serialize(
            new Document(
                Format,
                origin.Model,
                origin.Name,
                origin.Version,
                origin.Date,
                origin.Source,
                origin.People,
                origin.Photos,
                origin.GenuinePairs,
                origin.ImpostorPairs,
                Calibration.Prior,
                [.. calibration.Points.Select(ToDocument)],
                [.. checks.Select(check => new Check(
                    check.People,
                    Rounded(check.CalibrationError),
                    Rounded(check.CalibrationErrorOfPairs),
                    [.. check.Levels.Select(level => new CheckedLevel(
                        level.FalseMatchRate,
                        Rounded(level.Distance),
                        ToDocument(level.FalseMatch),
                        Rounded(level.ObservedFalseMatch),
                        level.FalseMatchInside,
                        ToDocument(level.FalseNonMatch),
                        Rounded(level.ObservedFalseNonMatch),
                        level.FalseNonMatchInside))]))]),
            Json);

        // A line for each point, so that tables can be compared. A quote within a text is escaped, so this is nowhere else.
        const string point = "{\"distance\":";
        return Encoding.UTF8.GetBytes(json.Replace(point, '\n' + point, StringComparison.Ordinal) + '\n');
    }

    private static CalibratedRate FromDocument(Rate rate) => new(rate.Value, rate.Low, rate.High, rate.Extrapolated);

    private static Point ToDocument(CalibrationPoint point) =>
        new(point.Distance, ToDocument(point.FalseMatch), ToDocument(point.FalseNonMatch), RoundedInside(point.Confidence));

    private static Rate ToDocument(CalibratedRate rate) => new(Rounded(rate.Value), Rounded(rate.Low), Rounded(rate.High), rate.Extrapolated);

    /// <summary>Four figures; there is no more in them.</summary>
    private static double Rounded(double value) => double.Parse(value.ToString("G4", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    private static double RoundedInside(double probability) => Math.Round(probability, 7);

    private sealed record Document(
        string Format,
        string Model,
        string Name,
        int Version,
        DateOnly Date,
        string Source,
        int People,
        int Photos,
        long GenuinePairs,
        long ImpostorPairs,
        double Prior,
        IReadOnlyList<Point> Points,
        IReadOnlyList<Check>? Checks = null);

    private sealed record Point(double Distance, Rate FalseMatch, Rate FalseNonMatch, double Confidence);

    private sealed record Rate(double Value, double Low, double High, bool Extrapolated);

    private sealed record Check(int People, double CalibrationError, double CalibrationErrorOfPairs, IReadOnlyList<CheckedLevel> Levels);

    private sealed record CheckedLevel(
        double FalseMatchRate,
        double Distance,
        Rate Stated,
        double Observed,
        bool? Inside,
        Rate StatedFalseNonMatch,
        double ObservedFalseNonMatch,
        bool FalseNonMatchInside);
}
