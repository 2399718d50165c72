using FaceId.Infrastructure.Configuration;
using FaceId.Web.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace FaceId.UnitTests.Http;

public sealed class TrustedProxiesTests
{
    [Test]
    public void Addresses_and_networks_are_listed_with_commas() =>
        Assert.That(
            Networks(("FaceId:TrustedProxies", "10.0.0.5, 192.168.0.0/16,fd00::/64,::1")),
            Is.EqualTo(new[] { "10.0.0.5/32", "192.168.0.0/16", "fd00::/64", "::1/128" }));

    [Test]
    public void They_may_be_a_list_of_the_settings_file() =>
        Assert.That(
            Networks(("FaceId:TrustedProxies:0", "10.0.0.5"), ("FaceId:TrustedProxies:1", "10.1.0.0/24")),
            Is.EqualTo(new[] { "10.0.0.5/32", "10.1.0.0/24" }));

    [Test]
    public void Without_any_no_header_is_read() => Assert.Multiple(() =>
    {
        Assert.That(Options().ForwardedHeaders, Is.EqualTo(ForwardedHeaders.None));
        Assert.That(Options(("FaceId:TrustedProxies", " ")).ForwardedHeaders, Is.EqualTo(ForwardedHeaders.None));
    });

    [TestCase("proxy.example.com")]
    [TestCase("10.0.0.0/33")]
    [TestCase("10.0.0.0/")]
    [TestCase("10.0.0/24")]
    [TestCase("127.1", Description = "Read as 127.0.0.1 by some")]
    [TestCase("010.0.0.1", Description = "Read as 8.0.0.1 by some")]
    [TestCase("167772165", Description = "Read as 10.0.0.5 by some")]
    [TestCase("10.0.0.5:80")]
    [TestCase("*")]
    public void An_entry_that_is_none_stops_the_start_and_is_named(string entry)
    {
        var refusal = Assert.Throws<StartupException>(() => Options(("FaceId:TrustedProxies", $"10.0.0.1,{entry}")));

        Assert.That(refusal!.Message, Does.Contain("FaceId:TrustedProxies").And.Contain($"'{entry}'"));
    }

    [TestCase("0.0.0.0/0")]
    [TestCase("::/0")]
    public void Nobody_believes_everybody_by_mistake(string entry) =>
        Assert.That(() => Options(("FaceId:TrustedProxies", entry)), Throws.TypeOf<StartupException>().With.Message.Contain("everybody"));

    private static IEnumerable<string> Networks(params (string Key, string Value)[] settings) =>
        Options(settings).KnownIPNetworks.Select(network => network.ToString());

    private static ForwardedHeadersOptions Options(params (string Key, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.ToDictionary(setting => setting.Key, string? (setting) => setting.Value)).Build();
        using var services = new ServiceCollection().AddOptions().AddTrustedProxies(configuration).BuildServiceProvider();
        return services.GetRequiredService<IOptions<ForwardedHeadersOptions>>().Value;
    }
}
