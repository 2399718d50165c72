using ErrorOr;

namespace FaceId.Domain.Recognition;

/// <summary>
/// What the distances of one model mean: a table from distance to error rates and to the probability that it is the same person.
/// The rates rise and fall with the distance without turning back, and so does everything that is read between the points.
/// </summary>
public sealed class Calibration
{
    /// <summary>How likely it is taken to be the same person before the photos are compared.</summary>
    public const double Prior = 0.5;

    private readonly double[] _distances;

    private Calibration(CalibrationOrigin origin, IReadOnlyList<CalibrationPoint> points)
    {
        Origin = origin;
        Points = points;
        _distances = [.. points.Select(point => point.Distance)];
    }

    public CalibrationOrigin Origin { get; }

    public string Model => Origin.Model;

    /// <summary>By rising distance.</summary>
    public IReadOnlyList<CalibrationPoint> Points { get; }

    /// <summary>The smallest false match rate that <see cref="DistanceAt"/> can be asked for.</summary>
    public double LeastFalseMatchRate => Points[0].FalseMatch.Value;

    /// <summary>A calibration, or <c>calibration_invalid</c> with the rule that the table breaks.</summary>
    public static ErrorOr<Calibration> Create(CalibrationOrigin origin, IReadOnlyList<CalibrationPoint> points)
    {
        if (string.IsNullOrWhiteSpace(origin.Model) || string.IsNullOrWhiteSpace(origin.Name) || origin.Version < 1)
        {
            return CalibrationErrors.Invalid("It must name its model, itself and a version of 1 or more.");
        }

        if (origin.People < 2 || origin.Photos < origin.People || origin.GenuinePairs < 1 || origin.ImpostorPairs < 1)
        {
            return CalibrationErrors.Invalid("It must say of how many people, photos and pairs it was made.");
        }

        if (points.Count < 2)
        {
            return CalibrationErrors.Invalid("It needs two points or more.");
        }

        for (var i = 0; i < points.Count; i++)
        {
            if (Broken(points[i]) is { } rule)
            {
                return At(i, rule);
            }

            if (i > 0 && Turned(points[i - 1], points[i]) is { } turn)
            {
                return At(i, turn);
            }
        }

        return new Calibration(origin, [.. points]);

        static Error At(int index, string rule) => CalibrationErrors.Invalid($"Point {index + 1}: {rule}");
    }

    /// <summary>The largest distance whose stated false match rate is not above this; <c>false_match_rate_out_of_reach</c> when the table has none.</summary>
    /// <param name="falseMatchRate">Above 0, at most 1.</param>
    public ErrorOr<double> DistanceAt(double falseMatchRate)
    {
        if (!(falseMatchRate >= LeastFalseMatchRate))
        {
            return CalibrationErrors.OutOfReach(falseMatchRate, LeastFalseMatchRate);
        }

        var upper = 1;
        while (upper < Points.Count && Points[upper].FalseMatch.Value <= falseMatchRate)
        {
            upper++;
        }

        if (upper == Points.Count)
        {
            return Points[^1].Distance;
        }

        var (a, b) = (Points[upper - 1], Points[upper]);
        var share = Math.Log(falseMatchRate / a.FalseMatch.Value) / Math.Log(b.FalseMatch.Value / a.FalseMatch.Value);
        return a.Distance + share * (b.Distance - a.Distance);
    }

    /// <summary>Share of strangers who pass a threshold at this distance.</summary>
    public double FalseMatchRateAt(double distance) => At(distance).FalseMatch.Value;

    /// <summary>Share of the right people who are refused at this threshold.</summary>
    public double FalseNonMatchRateAt(double distance) => At(distance).FalseNonMatch.Value;

    /// <summary>Probability in (0, 1) that two photos at this distance show one person; falls with the distance, at times not at all.</summary>
    public double ConfidenceAt(double distance) => At(distance).Confidence;

    /// <summary>Everything the table says of a distance; before its first point and after its last, what those say.</summary>
    /// <exception cref="ArgumentException">The distance is not a number.</exception>
    public CalibrationPoint At(double distance)
    {
        if (double.IsNaN(distance))
        {
            throw new ArgumentException("A distance is a number.", nameof(distance));
        }

        if (distance <= _distances[0])
        {
            return Points[0] with { Distance = distance };
        }

        if (distance >= _distances[^1])
        {
            return Points[^1] with { Distance = distance };
        }

        var found = Array.BinarySearch(_distances, distance);
        if (found >= 0)
        {
            return Points[found];
        }

        var (a, b) = (Points[~found - 1], Points[~found]);
        var share = (distance - a.Distance) / (b.Distance - a.Distance);
        return new CalibrationPoint(
            distance,
            Between(a.FalseMatch, b.FalseMatch, share, Geometric),
            Between(a.FalseNonMatch, b.FalseNonMatch, share, Straight),
            FromLogit(Straight(Logit(a.Confidence), Logit(b.Confidence), share)));
    }

    private static double Logit(double probability) => Math.Log(probability / (1 - probability));

    private static double FromLogit(double logit) => 1 / (1 + Math.Exp(-logit));

    private static double Straight(double a, double b, double share) => a + share * (b - a);

    private static double Geometric(double a, double b, double share) => a * Math.Pow(b / a, share);

    private static CalibratedRate Between(CalibratedRate a, CalibratedRate b, double share, Func<double, double, double, double> rule) => new(
        rule(a.Value, b.Value, share), rule(a.Low, b.Low, share), rule(a.High, b.High, share), a.Extrapolated || b.Extrapolated);

    private static string? Broken(CalibrationPoint point)
    {
        if (!double.IsFinite(point.Distance) || point.Distance < 0)
        {
            return "a distance is finite and not below 0.";
        }

        if (!IsRate(point.FalseMatch))
        {
            return "a false match rate is above 0, at most 1, and inside its range.";
        }

        if (!IsRate(point.FalseNonMatch))
        {
            return "a false non-match rate is above 0, at most 1, and inside its range.";
        }

        return point.Confidence is > 0 and < 1 ? null : "a confidence is above 0 and below 1.";
    }

    private static string? Turned(CalibrationPoint before, CalibrationPoint point)
    {
        if (point.Distance <= before.Distance)
        {
            return "distances rise.";
        }

        if (point.FalseMatch.Value < before.FalseMatch.Value)
        {
            return "a false match rate does not fall with the distance.";
        }

        if (point.FalseNonMatch.Value > before.FalseNonMatch.Value)
        {
            return "a false non-match rate does not rise with the distance.";
        }

        return point.Confidence <= before.Confidence ? null : "a confidence does not rise with the distance.";
    }

    private static bool IsRate(CalibratedRate rate) =>
        rate is { Value: > 0 and <= 1, Low: > 0, High: <= 1 } && rate.Low <= rate.Value && rate.Value <= rate.High;
}
