using FaceId.Infrastructure.Configuration;
using FaceId.Infrastructure.Users;
using Microsoft.Extensions.Configuration;

namespace FaceId.UnitTests.Users;

public sealed class PasswordSettingsTests
{
    [Test]
    public void Without_settings_passwords_have_twelve_characters_and_cost_twelve()
    {
        var settings = PasswordSettings.Load(Configuration());

        Assert.Multiple(() =>
        {
            Assert.That(settings.MinLength, Is.EqualTo(12));
            Assert.That(settings.BcryptCost, Is.EqualTo(12));
            Assert.That(settings.QueueLength, Is.EqualTo(64));
        });
    }

    [TestCase("8", "10")]
    [TestCase("64", "16")]
    public void Both_are_set_within_their_ranges(string minLength, string cost)
    {
        var settings = PasswordSettings.Load(Configuration(("FaceId:Passwords:MinLength", minLength), ("FaceId:Passwords:BcryptCost", cost)));

        Assert.Multiple(() =>
        {
            Assert.That(settings.MinLength, Is.EqualTo(int.Parse(minLength, null)));
            Assert.That(settings.BcryptCost, Is.EqualTo(int.Parse(cost, null)));
        });
    }

    [TestCase("MinLength", "7", "from 8 to 64")]
    [TestCase("MinLength", "65", "from 8 to 64")]
    [TestCase("MinLength", "twelve", "from 8 to 64")]
    [TestCase("MinLength", "12.5", "from 8 to 64")]
    [TestCase("BcryptCost", "9", "from 10 to 16")]
    [TestCase("BcryptCost", "17", "from 10 to 16")]
    [TestCase("BcryptCost", "-12", "from 10 to 16")]
    [TestCase("BcryptCost", "99999999999", "from 10 to 16")]
    public void A_wrong_one_stops_the_start_and_is_named(string key, string value, string range) => Assert.That(
        () => PasswordSettings.Load(Configuration(($"FaceId:Passwords:{key}", value))),
        Throws.TypeOf<StartupException>().With.Message.StartsWith($"FaceId:Passwords:{key} is '{value}'")
            .And.Message.Contains(range).And.Message.Contains($"FaceId__Passwords__{key}"));

    private static IConfiguration Configuration(params (string Key, string Value)[] values) =>
        new ConfigurationBuilder().AddInMemoryCollection(values.Select(v => KeyValuePair.Create(v.Key, (string?)v.Value))).Build();
}
