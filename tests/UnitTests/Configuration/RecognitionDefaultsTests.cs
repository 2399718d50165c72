using FaceId.Domain.Recognition;
using FaceId.Infrastructure.Configuration;
using Microsoft.Extensions.Configuration;

namespace FaceId.UnitTests.Configuration;

public sealed class RecognitionDefaultsTests
{
    [Test]
    public void Without_settings_they_are_those_of_the_program() =>
        Assert.That(RecognitionDefaults.Load(Configuration()), Is.EqualTo(new RecognitionSettings()));

    [Test]
    public void Each_can_be_configured_alone() => Assert.That(
        RecognitionDefaults.Load(Configuration(("FalseMatchRates:Duplicate", "1e-5"), ("UpgradeAtVerification", "false"), ("RequireLiveness:Verify", "true"))),
        Is.EqualTo(new RecognitionSettings
        {
            FalseMatchRates = new FalseMatchRates { Duplicate = 1e-5 },
            UpgradeAtVerification = false,
            RequireLiveness = new LivenessRequirements { Verify = true },
        }));

    [TestCase("FalseMatchRates:Verify", "0.2", "falseMatchRates:verify: The false match rate of 'verify' is a share from 1E-08 to 0.1.")]
    [TestCase("FalseMatchRates:Proof", "0.001", "from 1E-08 to 0.0001")]
    [TestCase("FalseMatchRates:Identify", "NaN", "identify")]
    [TestCase("FalseMatchRates:Identify", "often", "often")]
    [TestCase("FalseMatchRates:Verfy", "0.001", "Verfy")]
    [TestCase("UpgradeAtVerification", "perhaps", "perhaps")]
    public void A_wrong_one_stops_the_start_and_is_named(string key, string value, string told) => Assert.That(
        () => RecognitionDefaults.Load(Configuration((key, value))),
        Throws.TypeOf<StartupException>().With.Message.Contains("FaceId:Recognition").And.Message.Contains(told));

    private static IConfiguration Configuration(params (string Key, string Value)[] values) =>
        new ConfigurationBuilder().AddInMemoryCollection(values.Select(v => KeyValuePair.Create($"FaceId:Recognition:{v.Key}", (string?)v.Value))).Build();
}
