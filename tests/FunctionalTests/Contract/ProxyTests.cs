using System.Net;
using FaceId.FunctionalTests.Support;

namespace FaceId.FunctionalTests.Contract;

public sealed class ProxyTests : ServerTests
{
    private const string Forwarded = "X-Forwarded-For";
    private const string Trusted = "FaceId:TrustedProxies";

    [Test]
    public async Task What_anybody_may_write_into_a_header_is_not_believed()
    {
        await using var server = await TestServer.StartAsync(TestDatabase.ConnectionString);

        Assert.That(await LoggedAddressAsync(server, "203.0.113.7"), Is.EqualTo("127.0.0.1"));
    }

    [Test]
    public async Task Nor_by_the_switch_that_ASP_NET_has_for_it()
    {
        await using var server = await TestServer.StartAsync(TestDatabase.ConnectionString, ("ForwardedHeaders_Enabled", "true"));

        Assert.That(await LoggedAddressAsync(server, "203.0.113.7"), Is.EqualTo("127.0.0.1"));
    }

    [Test]
    public async Task A_trusted_proxy_says_where_a_request_came_from()
    {
        await using var server = await TestServer.StartAsync(TestDatabase.ConnectionString, (Trusted, "127.0.0.1"));

        Assert.Multiple(async () =>
        {
            Assert.That(await LoggedAddressAsync(server, "203.0.113.7"), Is.EqualTo("203.0.113.7"));
            Assert.That(await LoggedAddressAsync(server, "203.0.113.7:50123"), Is.EqualTo("203.0.113.7"));
            Assert.That(await LoggedAddressAsync(server, "2001:db8::7"), Is.EqualTo("2001:db8::7"));
            Assert.That(await LoggedAddressAsync(server, "198.51.100.1, 203.0.113.7"), Is.EqualTo("203.0.113.7"), "What the client claimed before it is hearsay.");
            Assert.That(await LoggedAddressAsync(server, "203.0.113.7, 10.0.0.9"), Is.EqualTo("10.0.0.9"), "No proxy of ours.");
            Assert.That(await LoggedAddressAsync(server, "nonsense"), Is.EqualTo("127.0.0.1"));
        });
    }

    [Test]
    public async Task In_a_chain_of_proxies_the_last_address_that_is_not_trusted_counts()
    {
        await using var server = await TestServer.StartAsync(TestDatabase.ConnectionString, (Trusted, "127.0.0.0/8, 10.0.0.0/8"));

        Assert.Multiple(async () =>
        {
            Assert.That(await LoggedAddressAsync(server, "198.51.100.1, 203.0.113.7, 10.0.0.8, 10.0.0.9"), Is.EqualTo("203.0.113.7"));
            Assert.That(await LoggedAddressAsync(server, "10.0.0.1, 10.0.0.2"), Is.EqualTo("10.0.0.1"), "One of our own machines asks.");
        });
    }

    [Test]
    public async Task A_proxy_that_is_not_among_the_trusted_is_not_believed()
    {
        await using var server = await TestServer.StartAsync(TestDatabase.ConnectionString, (Trusted, "10.0.0.0/8"));

        Assert.That(await LoggedAddressAsync(server, "203.0.113.7"), Is.EqualTo("127.0.0.1"));
    }

    [Test]
    public async Task A_header_of_ones_own_gets_nobody_around_the_limit()
    {
        await using var server = await TestServer.StartAsync(TestDatabase.ConnectionString, ("FACEID_RATE_LIMIT", "on"));
        using var stranger = server.Anonymous();

        var tries = 0;
        Answer answer;
        do
        {
            Say(stranger, Forwarded, $"203.0.113.{tries}");
            answer = await stranger.RegisterAsync("not an address");
        }
        while (answer.Status != HttpStatusCode.TooManyRequests && ++tries < 100);

        answer.ShouldBeProblem(HttpStatusCode.TooManyRequests, "rate_limited");
    }

    [Test]
    public async Task Behind_a_trusted_proxy_everybody_has_a_limit_of_their_own()
    {
        await using var server = await TestServer.StartAsync(TestDatabase.ConnectionString, ("FACEID_RATE_LIMIT", "on"), (Trusted, "127.0.0.1"));
        using var stranger = server.Anonymous();
        Say(stranger, Forwarded, "203.0.113.1");
        var tries = 0;
        while ((await stranger.RegisterAsync("not an address")).Status != HttpStatusCode.TooManyRequests)
        {
            Assert.That(++tries, Is.LessThan(100));
        }

        Say(stranger, Forwarded, "203.0.113.2");

        (await stranger.RegisterAsync("not an address")).ShouldBeProblem(HttpStatusCode.BadRequest, "validation");
    }

    [Test]
    public async Task Only_a_trusted_proxy_says_that_the_client_came_over_TLS()
    {
        await using var trusting = await TestServer.StartAsync(TestDatabase.ConnectionString, (Trusted, "127.0.0.1"));

        Assert.Multiple(async () =>
        {
            Assert.That(await HasStrictTransportSecurityAsync(trusting, "https"), Is.True);
            Assert.That(await HasStrictTransportSecurityAsync(trusting, "http"), Is.False);
            Assert.That(await HasStrictTransportSecurityAsync(TestRun.Server, "https"), Is.False);
        });
    }

    private static async Task<bool> HasStrictTransportSecurityAsync(TestServer server, string scheme)
    {
        using var client = server.Anonymous();
        Say(client, Forwarded, "203.0.113.7");
        Say(client, "X-Forwarded-Proto", scheme);
        return (await client.GetAsync("/health/live")).Message.Headers.Contains("Strict-Transport-Security");
    }

    /// <summary>The address in the row that an attempt leaves.</summary>
    private static async Task<string> LoggedAddressAsync(TestServer server, string header)
    {
        using var admin = await server.Anonymous().LoginAsync(TestServer.AdminEmail);
        Say(admin, Forwarded, header);
        (await admin.VerifyAsync(admin.UserId, Photos.Empty)).ShouldBeProblem(HttpStatusCode.Conflict, "not_enrolled");
        return await ScalarAsync<string>("SELECT ip_address FROM recognition_logs ORDER BY id DESC LIMIT 1");
    }

    private static void Say(Api client, string header, string value)
    {
        client.Http.DefaultRequestHeaders.Remove(header);
        client.Http.DefaultRequestHeaders.Add(header, value);
    }
}
