using FaceId.Domain.Recognition;

namespace FaceId.UnitTests.Recognition;

public sealed class CalibrationTests
{
    private static readonly CalibrationOrigin Origin = new("test", "test", 1, new DateOnly(2026, 11, 25), "made up", 10, 20, 10, 180);

    private static readonly CalibrationPoint[] Points =
    [
        Point(0.4, 1e-6, 0.5, 0.999),
        Point(0.5, 1e-4, 0.2, 0.9),
        Point(0.6, 1e-2, 0.1, 0.5),
    ];

    private static readonly Calibration Table = Calibration.Create(Origin, Points).Value;

    [TestCase(1e-6, 0.4)]
    [TestCase(1e-5, 0.45)]
    [TestCase(1e-4, 0.5)]
    [TestCase(1e-3, 0.55)]
    [TestCase(1e-2, 0.6)]
    [TestCase(0.5, 0.6)]
    public void A_rate_has_its_distance(double rate, double distance)
    {
        Assert.That(Table.DistanceAt(rate).Value, Is.EqualTo(distance).Within(1e-9));
        Assert.That(Table.FalseMatchRateAt(Table.DistanceAt(rate).Value), Is.LessThanOrEqualTo(rate * (1 + 1e-9)));
    }

    [TestCase(1e-7)]
    [TestCase(0)]
    [TestCase(double.NaN)]
    public void A_rate_below_the_table_has_none(double rate)
    {
        var distance = Table.DistanceAt(rate);

        Assert.That(distance.FirstError.Code, Is.EqualTo("false_match_rate_out_of_reach"));
        Assert.That(distance.FirstError.Description, Does.Contain("1e-6"));
    }

    [Test]
    public void Between_points_rates_go_by_their_logarithm_and_confidence_by_its_odds()
    {
        Assert.That(Table.FalseMatchRateAt(0.45), Is.EqualTo(1e-5).Within(1e-12));
        Assert.That(Table.FalseNonMatchRateAt(0.45), Is.EqualTo(0.35).Within(1e-12));

        // Odds 9 and 1: half way 3.
        Assert.That(Table.ConfidenceAt(0.55), Is.EqualTo(0.75).Within(1e-12));
    }

    [Test]
    public void Beyond_the_points_the_last_one_holds() => Assert.Multiple(() =>
    {
        Assert.That((Table.FalseMatchRateAt(0), Table.ConfidenceAt(0)), Is.EqualTo((1e-6, 0.999)));
        Assert.That((Table.FalseMatchRateAt(2), Table.ConfidenceAt(2)), Is.EqualTo((1e-2, 0.5)));
    });

    [Test]
    public void Of_equal_rates_the_largest_distance_counts()
    {
        var flat = Calibration.Create(Origin, [Point(0.4, 1e-4, 0.5, 0.9), Point(0.5, 1e-4, 0.4, 0.9), Point(0.6, 1e-2, 0.1, 0.5)]).Value;

        Assert.That(flat.DistanceAt(1e-4).Value, Is.EqualTo(0.5));
    }

    [Test]
    public void A_table_that_turns_back_or_is_certain_is_refused() => Assert.Multiple(() =>
    {
        AssertRefused(Points[0] with { Distance = 0.6 }, "distances rise");
        AssertRefused(Points[0] with { Distance = double.NaN }, "finite");
        AssertRefused(Point(0.3, 1e-3, 0.5, 0.999), "does not fall");
        AssertRefused(Point(0.3, 1e-7, 0.1, 0.999), "does not rise");
        AssertRefused(Point(0.3, 1e-7, 0.5, 0.8), "a confidence does not rise");
        AssertRefused(Point(0.3, 0, 0.5, 0.999), "above 0");
        AssertRefused(Point(0.3, 1e-7, 0.5, 1), "above 0 and below 1");
        AssertRefused(Point(0.3, 1e-7, 0.5, double.NaN), "above 0 and below 1");
        AssertRefused(Points[0] with { FalseMatch = new CalibratedRate(1e-7, 1e-6, 1e-5, false) }, "inside its range");
    });

    [Test]
    public void A_table_without_an_origin_or_points_is_refused() => Assert.Multiple(() =>
    {
        Assert.That(Calibration.Create(Origin with { Model = " " }, Points).FirstError.Code, Is.EqualTo("calibration_invalid"));
        Assert.That(Calibration.Create(Origin with { Version = 0 }, Points).IsError);
        Assert.That(Calibration.Create(Origin with { ImpostorPairs = 0 }, Points).IsError);
        Assert.That(Calibration.Create(Origin, [Points[0]]).IsError);
    });

    private static void AssertRefused(CalibrationPoint first, string reason)
    {
        var made = Calibration.Create(Origin, [first, .. Points[1..]]);
        Assert.That(made.IsError, reason);
        Assert.That(made.IsError ? made.FirstError.Description : "", Does.StartWith("Point ").And.Contain(reason));
    }

    private static CalibrationPoint Point(double distance, double falseMatch, double falseNonMatch, double confidence) =>
        new(distance, Exactly(falseMatch), Exactly(falseNonMatch), confidence);

    private static CalibratedRate Exactly(double rate) => new(rate, rate, rate, Extrapolated: false);
}
