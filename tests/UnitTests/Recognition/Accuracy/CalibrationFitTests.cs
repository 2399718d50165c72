using System.Text;
using FaceId.Application.Recognition;
using FaceId.Application.Recognition.Accuracy;
using FaceId.Domain.Recognition;

namespace FaceId.UnitTests.Recognition.Accuracy;

public sealed class CalibrationFitTests
{
    private const double Tau = 0.5;

    private static readonly CalibrationName Name = new("space", 1, new DateOnly(2026, 11, 25), "points in space");

    private static readonly PairDistances Pairs = Samples.InSpace(seed: 10, people: 500, photos: 3, Tau);

    private static readonly Calibration Fitted = CalibrationFit.Fit(Pairs, Name, CancellationToken.None).Value;

    [Test]
    public void Rates_are_those_of_the_distribution_and_inside_their_ranges() => Assert.Multiple(() =>
    {
        foreach (var distance in new[] { 2, 2.5, 3, 3.5, 4, 5, 6 })
        {
            var (match, nonMatch) = (Fitted.At(distance).FalseMatch, Fitted.At(distance).FalseNonMatch);
            Assert.That(Samples.FalseMatchRateInSpace(distance, Tau), Is.InRange(match.Low, match.High), $"{distance}");
            Assert.That(distance < 3 || Math.Abs(match.Value / Samples.FalseMatchRateInSpace(distance, Tau) - 1) < 0.12, $"{distance}: {match.Value}");
            Assert.That(Samples.FalseNonMatchRateInSpace(distance, Tau), Is.InRange(distance > 4 ? 0 : nonMatch.Low, nonMatch.High), $"{distance}");
        }
    });

    [Test]
    public void The_confidence_is_the_ratio_of_the_densities()
    {
        foreach (var distance in new[] { 2.5, 3, 3.5, 4 })
        {
            // Half a unit of the logarithm of the odds is what 500 people tell of the tail of one person's distances.
            var confidence = Fitted.ConfidenceAt(distance);
            Assert.That(Math.Log(confidence / (1 - confidence)), Is.EqualTo(Samples.LogRatioInSpace(distance)).Within(0.5), $"{distance}");
        }

        // Hardly anybody's photos are so far apart; the smoothed tail is still of the right size.
        Assert.That(Fitted.ConfidenceAt(4.5), Is.EqualTo(1 / (1 + Math.Exp(-Samples.LogRatioInSpace(4.5)))).Within(0.03));
    }

    [Test]
    public void Confidence_and_rates_never_turn_back_and_never_are_certain()
    {
        var before = Fitted.At(0);
        for (var distance = 0.001; distance < 20; distance += 0.005)
        {
            var point = Fitted.At(distance);
            Assert.That(point.Confidence, Is.InRange(1e-6, before.Confidence), $"{distance}");
            Assert.That(point.FalseMatch.Value, Is.GreaterThanOrEqualTo(before.FalseMatch.Value), $"{distance}");
            Assert.That(point.FalseNonMatch.Value, Is.LessThanOrEqualTo(before.FalseNonMatch.Value), $"{distance}");
            before = point;
        }

        Assert.That(Fitted.ConfidenceAt(0), Is.LessThan(1));
    }

    [Test]
    public void What_is_stated_holds_for_people_who_had_no_part_in_it()
    {
        var check = CalibrationCheck.Of(Fitted, Samples.InSpace(seed: 11, people: 500, photos: 3, Tau));

        Assert.That(check.CalibrationError, Is.LessThan(0.02));
        Assert.That(check.CalibrationErrorOfPairs, Is.LessThan(0.02));
        Assert.That(check.Levels.Select(level => level.FalseMatchInside), Has.None.False);
        Assert.That(check.Bins.Sum(bin => bin.Share), Is.EqualTo(1).Within(1e-9));
    }

    [Test]
    public void A_confidence_that_lies_is_found_out()
    {
        // These people's photos are half as far apart again as those of the fit.
        var check = CalibrationCheck.Of(Fitted, Samples.InSpace(seed: 12, people: 500, photos: 3, 1.5 * Tau));

        Assert.That(check.CalibrationError, Is.GreaterThan(0.05));
        Assert.That(check.Levels.Select(level => level.FalseNonMatchInside), Has.Some.False);
    }

    [Test]
    public void Each_half_of_the_people_is_checked_on_the_other()
    {
        var checks = CalibrationFit.Check(Pairs, Name, CancellationToken.None);

        Assert.That(checks.Select(check => check.People).Sum(), Is.EqualTo(500));
        Assert.That(checks.Select(check => check.CalibrationError), Has.Exactly(2).LessThan(0.03));
    }

    [Test]
    public void Where_hardly_any_strangers_come_the_figure_is_marked_and_its_range_wide()
    {
        var far = Fitted.Points[0].FalseMatch;

        Assert.That(far.Extrapolated);
        Assert.That(far.High / far.Low, Is.GreaterThan(3));
        Assert.That(Fitted.At(4).FalseMatch.Extrapolated, Is.False);
        Assert.That(Fitted.Points[^1].FalseNonMatch.Value, Is.GreaterThan(0), "Nobody refused among 500 does not mean never.");
    }

    [Test]
    public void Too_few_people_are_refused()
    {
        var fitted = CalibrationFit.Fit(Samples.InSpace(seed: 13, people: 99), Name, CancellationToken.None);

        Assert.That(fitted.FirstError.Code, Is.EqualTo("calibration_too_small"));
        Assert.That(fitted.FirstError.Description, Does.Contain("100 people").And.Contain("99"));
    }

    [Test]
    public void A_file_says_the_same_again()
    {
        var read = CalibrationFile.Read(CalibrationFile.Write(Fitted, CalibrationFit.Check(Pairs, Name, CancellationToken.None))).Value;

        Assert.That(read.Origin, Is.EqualTo(Fitted.Origin));
        foreach (var distance in new[] { 0, 2, 3.33, 4.9, 20 })
        {
            Assert.That(read.FalseMatchRateAt(distance), Is.EqualTo(Fitted.FalseMatchRateAt(distance)).Within(0.1).Percent);
            Assert.That(read.ConfidenceAt(distance), Is.EqualTo(Fitted.ConfidenceAt(distance)).Within(1e-6));
        }
    }

    [TestCase("", "no calibration in JSON")]
    [TestCase("[]", "no calibration in JSON")]
    [TestCase("{}", "no calibration in JSON")]
    [TestCase("faceid-calibration/1>faceid-calibration/9", "format")]
    [TestCase("\"prior\":0.5>\"prior\":0.1", "prior")]
    [TestCase("\"points\":[>\"points\":[{\"distance\":9},", "no calibration in JSON")]
    [TestCase("\"version\":1>\"version\":0", "version")]
    public void A_file_that_is_no_calibration_is_refused(string change, string reason)
    {
        var text = Encoding.UTF8.GetString(CalibrationFile.Write(Fitted, []));
        text = change.Split('>') is [var from, var to] ? text.Replace(from, to, StringComparison.Ordinal) : change;
        var read = CalibrationFile.Read(Encoding.UTF8.GetBytes(text));

        Assert.That(read.FirstError.Code, Is.EqualTo("calibration_invalid"));
        Assert.That(read.FirstError.Description, Does.Contain(reason));
    }
}
