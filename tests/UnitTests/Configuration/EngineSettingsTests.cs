using FaceId.Infrastructure.Configuration;
using FaceId.Infrastructure.Faces;
using Microsoft.Extensions.Configuration;

namespace FaceId.UnitTests.Configuration;

public sealed class EngineSettingsTests
{
    [Test]
    public void What_is_not_said_keeps_its_default()
    {
        var options = EngineSettings.Load(Configuration("FaceId:PassiveLiveness", "OFF"), "elsewhere");

        Assert.That((options.PassiveLiveness, options.SecondModel, options.ModelsFolder), Is.EqualTo((PassiveLiveness.Off, SecondModel.On, "elsewhere")));
    }

    [TestCase("FaceId:PassiveLiveness", "maybe")]
    [TestCase("FaceId:PassiveLiveness", "7")]
    [TestCase("FaceId:SecondModel", "both")]
    [TestCase("FaceId:Workers", "0")]
    [TestCase("FaceId:Workers", "many")]
    public void A_value_without_a_meaning_stops_the_start_and_is_named(string key, string value)
    {
        var refused = Assert.Throws<StartupException>(() => EngineSettings.Load(Configuration(key, value), "models"));

        Assert.That(refused.Message, Does.Contain(key));
    }

    private static IConfiguration Configuration(string key, string value) =>
        new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { [key] = value }).Build();
}
