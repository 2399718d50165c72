using System.Text;
using FaceId.Domain.Faces;
using FaceId.Infrastructure.Configuration;
using FaceId.Infrastructure.Recognition;
using Microsoft.Extensions.Configuration;

namespace FaceId.UnitTests.Recognition;

public sealed class InstalledCalibrationsTests
{
    private string _folder = "";

    [SetUp]
    public void SetUp() => _folder = Directory.CreateTempSubdirectory("faceid-calibration-").FullName;

    [TearDown]
    public void TearDown() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void The_table_that_FaceId_comes_with_can_be_read_and_reaches_the_rates_that_purposes_need()
    {
        var shipped = Load(null).For(FaceModels.Dlib)!;

        Assert.That(shipped.Origin.People, Is.GreaterThan(2000));
        Assert.That(shipped.LeastFalseMatchRate, Is.LessThan(1e-9));
        Assert.That(shipped.DistanceAt(1e-4).Value, Is.InRange(0.45, 0.5));
        Assert.That(shipped.FalseMatchRateAt(0.6), Is.InRange(4e-3, 9e-3), "dlib's own threshold");
        Assert.That(shipped.ConfidenceAt(0.3), Is.GreaterThan(0.999));
        Assert.That(shipped.ConfidenceAt(0.9), Is.LessThan(0.01));
        Assert.That(Load(null).For("unheard of"), Is.Null);
    }

    [Test]
    public void Each_shipped_table_says_that_it_held_on_people_who_had_no_part_in_it()
    {
        var assembly = typeof(InstalledCalibrations).Assembly;
        var tables = assembly.GetManifestResourceNames().Where(name => name.StartsWith("Calibrations/", StringComparison.Ordinal)).ToList();
        Assert.That(tables, Is.Not.Empty);
        foreach (var table in tables)
        {
            using var document = System.Text.Json.JsonDocument.Parse(assembly.GetManifestResourceStream(table)!);
            var checks = document.RootElement.GetProperty("checks").EnumerateArray().ToList();
            Assert.That(checks, Has.Count.EqualTo(2));
            Assert.That(checks.Select(check => check.GetProperty("calibrationError").GetDouble()), Has.All.LessThanOrEqualTo(0.02), table);
            Assert.That(
                checks.SelectMany(check => check.GetProperty("levels").EnumerateArray()).Select(level => level.GetProperty("inside").ValueKind),
                Has.None.EqualTo(System.Text.Json.JsonValueKind.False),
                table);
        }
    }

    [Test]
    public void An_installations_own_table_is_in_force_for_its_model()
    {
        var own = Load(Write(Table(FaceModels.Dlib))).For(FaceModels.Dlib)!;

        Assert.That(own.Origin.Name, Is.EqualTo("ours"));
        Assert.That(own.DistanceAt(1e-3).Value, Is.EqualTo(0.6).Within(1e-9));
    }

    [Test]
    public void A_wrong_table_stops_the_start_and_says_what_to_do() => Assert.Multiple(() =>
    {
        AssertStops(Path.Combine(_folder, "absent.json"), "cannot be read");
        AssertStops(_folder, "cannot be read");
        AssertStops(Write("hello"), "no calibration in JSON");
        AssertStops(Write(Table(FaceModels.Dlib).Replace("0.001", "0", StringComparison.Ordinal)), "above 0");
        AssertStops(Write(Table("their-model-v9")), "their-model-v9");
    });

    private static void AssertStops(string path, string reason) => Assert.That(
        () => Load(path),
        Throws.TypeOf<StartupException>().With.Message.StartsWith("FaceId:Calibration: ").And.Message.Contains(reason).And.Message.Contains("faceid accuracy").And.Message.Contains(path));

    private static InstalledCalibrations Load(string? path) => InstalledCalibrations.Load(
        new ConfigurationBuilder().AddInMemoryCollection([new KeyValuePair<string, string?>("FaceId:Calibration", path)]).Build());

    private string Write(string text)
    {
        var path = Path.Combine(_folder, $"{Guid.NewGuid():n}.json");
        File.WriteAllBytes(path, Encoding.UTF8.GetBytes(text));
        return path;
    }

    private static string Table(string model) => $$"""
        {"format": "faceid-calibration/1", "model": "{{model}}", "name": "ours", "version": 3, "date": "2026-11-25", "source": "our staff",
         "people": 100, "photos": 300, "genuinePairs": 300, "impostorPairs": 44550, "prior": 0.5,
         "points": [
          {"distance": 0.6, "falseMatch": {"value": 0.001, "low": 0.001, "high": 0.002, "extrapolated": false},
           "falseNonMatch": {"value": 0.1, "low": 0.05, "high": 0.2, "extrapolated": false}, "confidence": 0.99},
          {"distance": 0.7, "falseMatch": {"value": 0.01, "low": 0.009, "high": 0.02, "extrapolated": false},
           "falseNonMatch": {"value": 0.05, "low": 0.02, "high": 0.1, "extrapolated": false}, "confidence": 0.9}]}
        """;
}
