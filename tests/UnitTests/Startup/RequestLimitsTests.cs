using FaceId.Infrastructure.Configuration;
using FaceId.Web.Startup;
using Microsoft.Extensions.Configuration;

namespace FaceId.UnitTests.Startup;

public sealed class RequestLimitsTests
{
    [Test]
    public void What_is_not_set_is_as_usual() => Assert.That(Load(), Is.EqualTo(new RequestLimits()));

    [Test]
    public void What_is_set_counts() =>
        Assert.That(Load(("FaceId:RequestSeconds", "7"), ("FaceId:MaxConnections", "10")),
            Is.EqualTo(new RequestLimits { Request = TimeSpan.FromSeconds(7), MaxConnections = 10 }));

    [TestCase("FaceId:RequestSeconds", "0")]
    [TestCase("FaceId:PhotoRequestSeconds", "soon")]
    [TestCase("FaceId:HeaderSeconds", "-1")]
    [TestCase("FaceId:HeaderSeconds", "3601")]
    [TestCase("FaceId:MaxConnections", "1.5")]
    public void What_makes_no_sense_stops_the_start_and_is_named(string key, string value) =>
        Assert.That(() => Load((key, value)), Throws.TypeOf<StartupException>().With.Message.Contain(key).And.Message.Contain($"'{value}'"));

    private static RequestLimits Load(params (string Key, string Value)[] settings) => RequestLimits.Load(new ConfigurationBuilder()
        .AddInMemoryCollection(settings.ToDictionary(setting => setting.Key, string? (setting) => setting.Value)).Build());
}
