using FaceId.Application.Recognition.Accuracy;
using FaceId.Web.Commands;

namespace FaceId.UnitTests.Recognition.Accuracy;

public sealed class AccuracyStudyTests
{
    private static readonly AccuracySetting Plain = new(new DateOnly(2026, 11, 25), SeveralFaces: false, new Dictionary<string, int> { ["no_face"] = 3 }, [0.75, 2.25], Table: null);

    [Test]
    public void Decisions_are_counted_at_each_threshold()
    {
        var report = AccuracyStudy.Measure(Samples.OnALine(), Plain, CancellationToken.None);

        Assert.That(report.Thresholds, Is.EqualTo(new[]
        {
            new AccuracyReport.Row(0.75, 1, 1, 0.5, 0, 8, 0),
            new AccuracyReport.Row(2.25, 2, 0, 0, 1, 7, 0.125),
        }));
        Assert.That(report.Histogram.Sum(bar => bar.Genuine), Is.EqualTo(1).Within(1e-9));
        Assert.That(report.Histogram.Sum(bar => bar.Impostor), Is.EqualTo(1).Within(1e-9));
        Assert.That(report.QualityBands, Is.Null);
        Assert.That(report.Groups, Is.Empty);
    }

    [Test]
    public void Rates_that_the_pairs_cannot_carry_are_marked_or_left_out()
    {
        var curve = AccuracyStudy.Measure(Samples.InSpace(seed: 5, people: 200), Plain, CancellationToken.None).Curves[(int)Weighting.People];

        // 179,100 impostor pairs: no level of one in a million.
        Assert.That(curve.Levels.Select(level => level.FalseMatchRate), Is.EqualTo(new[] { 1e-1, 1e-2, 1e-3, 1e-4, 1e-5 }));
        Assert.That(curve.Levels[0].Carried);
        Assert.That(curve.Levels[^1].Carried, Is.False);
        Assert.That(curve.Det.Select(point => point.FalseNonMatchRate), Is.Ordered.Descending);
        Assert.That(curve.EqualErrorRateRange!.Value.Low, Is.LessThan(curve.EqualErrorRate));
    }

    [Test]
    public void A_pair_has_the_quality_of_its_worse_photo_and_the_worst_go_first()
    {
        // The blurred photo of a is 5 away from the clear ones; b's are all clear.
        var pairs = Samples.Measure(
            Samples.At("a", 0, 0.9, "clear"), Samples.At("a", 0.1f, 0.8, "clear"), Samples.At("a", 5, 0.1, "blurred"),
            Samples.At("b", 20, 0.9, "clear"), Samples.At("b", 20.1f, 0.9, "clear"), Samples.At("c", 24, 0.9, "clear"));
        var report = AccuracyStudy.Measure(pairs, Plain, CancellationToken.None);
        var bands = report.QualityBands!;

        Assert.That(bands.Select(band => (band.Name, band.Photos, band.GenuinePairs)), Is.EqualTo(new[] { ("blurred", 1, 2L), ("clear", 5, 2L) }));

        // The nearest strangers are 3.9 apart, so the threshold is there.
        Assert.That(bands[0].Rates[0].FalseNonMatches, Is.EqualTo(2));
        Assert.That(bands[0].Rates[0].FalseNonMatchRate, Is.EqualTo(1).Within(1e-9));
        Assert.That(bands[1].Rates[0].FalseNonMatchRate, Is.Zero);
        var discards = report.Discards!;
        Assert.That(discards[0].FalseNonMatchRates[0].OfPairs, Is.EqualTo(0.5));
        Assert.That(discards[0].FalseNonMatchRates[0].OfPeople, Is.EqualTo(1 / 3.0).Within(1e-9));
        Assert.That(discards.Single(discard => discard.Share == 0.2).FalseNonMatchRates[0].OfPairs, Is.Zero);
    }

    [Test]
    public void Groups_are_compared_within_themselves()
    {
        var table = PeopleTable.Parse(["person,sex", "a,f", "b,f", "c,m"]).Value;
        var grouping = AccuracyStudy.Measure(Samples.OnALine(), Plain with { Table = table }, CancellationToken.None).Groups.Single();

        Assert.That(grouping.By, Is.EqualTo("sex"));
        Assert.That(grouping.Categories.Select(group => (group.Name, group.People, group.GenuinePairs, group.ImpostorPairs)), Is.EqualTo(new[] { ("f", 2, 2L, 4L), ("m", 1, 0L, 0L) }));
        Assert.That(grouping.Categories[1].Rates[0].FalseMatchRate, Is.Null);
    }

    [Test]
    public void A_table_of_people_is_read_with_quotes_and_ages_in_tens()
    {
        var table = PeopleTable.Parse(["Person,Age,Country", .. Enumerable.Range(20, 20).Select(age => $"\"p, {age}\",{age},\"Korea, Republic of\""), "q,,"]).Value;

        Assert.That(table.Columns, Is.EqualTo(new[] { "age", "country" }));
        Assert.That((table.GroupOf("p, 29", 0), table.GroupOf("p, 30", 0), table.GroupOf("q", 0)), Is.EqualTo(("20–29", "30–39", (string?)null)));
        Assert.That(table.GroupOf("p, 29", 1), Is.EqualTo("Korea, Republic of"));
        Assert.That(table.GroupOf("nobody", 0), Is.Null);
    }

    [TestCase("name,age\na,3")]
    [TestCase("person,age\na")]
    [TestCase("person,age\na,3\na,4")]
    [TestCase("")]
    public void A_table_of_people_that_is_none_is_refused(string text) =>
        Assert.That(PeopleTable.Parse(text.Split('\n')).FirstError.Code, Is.EqualTo("people_invalid"));

    [TestCase(0.5, 0)]
    [TestCase(0.975, 1.959963985)]
    [TestCase(0.001, -3.090232306)]
    [TestCase(1e-6, -4.753424309)]
    public void The_scale_of_normal_deviates_is_right(double share, double deviate) =>
        Assert.That(AccuracyPlots.NormalDeviate(share), Is.EqualTo(deviate).Within(1e-7));

    [Test]
    public void The_page_needs_nothing_beside_it_and_names_nobody()
    {
        var pairs = Samples.InSpace(seed: 6, people: 250);
        var name = new CalibrationName("<b>", 1, new DateOnly(2026, 11, 25), "x");
        var fitted = CalibrationFit.Fit(pairs, name, CancellationToken.None).Value;
        var report = AccuracyStudy.Measure(pairs, Plain, CancellationToken.None) with
        {
            Calibration = new AccuracyReport.CalibrationMade(fitted.Origin, CalibrationFit.Check(pairs, name, CancellationToken.None), fitted.Points),
        };
        var page = AccuracyPage.Render(report);

        Assert.That(page, Does.Contain("<svg").And.Contain("3 no_face").And.Contain("expected calibration error").And.Contain("no groups"));
        Assert.That(page.Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal), Does.Not.Contain("http").And.Not.Contain("<script").And.Not.Contain("NaN"));
        Assert.That(page, Does.Not.Contain("person 1"));
    }
}
