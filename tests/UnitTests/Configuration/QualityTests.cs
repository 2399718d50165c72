using FaceId.Application.Faces;
using FaceId.Infrastructure.Configuration;
using Microsoft.Extensions.Configuration;

namespace FaceId.UnitTests.Configuration;

/// <summary>The limits of photos, as the configuration sets them.</summary>
public sealed class QualityTests
{
    [Test]
    public void Without_settings_the_defaults_hold()
    {
        var options = Load();

        Assert.That(options, Is.EqualTo(new QualityOptions()));
        Assert.That(options.Comparison.AllowAllThat(options.Enrolment));
    }

    [Test]
    public void A_setting_changes_one_limit_of_one_purpose()
    {
        var options = Load(("Enrolment:MinEyeDistancePixels", "60"), ("Comparison:MaxYawDegrees", "60.5"));

        Assert.That(options.Enrolment, Is.EqualTo(QualityLimits.ForEnrolment with { MinEyeDistancePixels = 60 }));
        Assert.That(options.Comparison, Is.EqualTo(QualityLimits.ForComparison with { MaxYawDegrees = 60.5 }));
        Assert.That(QualityLimits.ForEnrolment.MinEyeDistancePixels, Is.EqualTo(24), "The defaults themselves stay.");
    }

    [TestCase("Enrolment:MinSharpness", "1.5", "MinSharpness")]
    [TestCase("Enrolment:MaxYawDegrees", "-1", "MaxYawDegrees")]
    [TestCase("Enrolment:MinSharpness", "sharp", "sharp")]
    [TestCase("Enrolment:MinSharpnes", "0.4", "MinSharpnes")]
    [TestCase("Comparison:MinEyeDistancePixels", "40", "Comparison")]
    public void A_limit_that_makes_no_sense_stops_the_start_and_is_named(string key, string value, string named)
    {
        Assert.That(() => Load((key, value)), Throws.TypeOf<StartupException>().With.Message.Contains(named).And.Message.Contains("FaceId:Quality"));
    }

    private static QualityOptions Load(params (string Key, string Value)[] settings) => Quality.Load(new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create<string, string?>($"FaceId:Quality:{setting.Key}", setting.Value)))
        .Build());
}
