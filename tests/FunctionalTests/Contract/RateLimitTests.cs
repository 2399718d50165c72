using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using FaceId.Application.Common.Security;
using FaceId.FunctionalTests.Support;
using FaceId.Web.Http;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FaceId.FunctionalTests.Contract;

public sealed partial class RateLimitTests : ServerTests
{
    [Test]
    public async Task Every_answer_at_a_door_says_what_remains()
    {
        await using var server = await StartAsync();
        using var stranger = server.Anonymous();

        Answer[] answers =
        [
            (await stranger.TryLoginAsync("ada@example.com", "")).ShouldBe(HttpStatusCode.BadRequest),
            (await stranger.PostBytesAsync("/api/v1/auth/login", "{"u8.ToArray(), "application/json")).ShouldBe(HttpStatusCode.BadRequest),
            (await stranger.TryLoginAsync("ada@example.com", "wrong horse battery")).ShouldBe(HttpStatusCode.Unauthorized),
        ];
        var elsewhere = (await stranger.GetAsync("/api/v1/nothing")).ShouldBe(HttpStatusCode.NotFound);

        Assert.Multiple(() =>
        {
            Assert.That(answers.Select(answer => Header(answer, "RateLimit-Policy")), Is.All.EqualTo("\"sign-in\";q=60;w=60"));
            Assert.That(Limit(answers[0]).Remaining, Is.EqualTo(59));
            Assert.That(Limit(answers[^1]).Remaining, Is.LessThan(59), "Less with every one.");
            Assert.That(Limit(elsewhere).Remaining, Is.EqualTo(399));
        });
    }

    [Test]
    public async Task Who_asks_for_too_many_accounts_is_told_when_to_come_again()
    {
        await using var server = await StartAsync();
        using var stranger = server.Anonymous();

        var answers = await UntilRefusedAsync(() => stranger.RegisterAsync("not an address"), 130);

        var refused = answers[^1].ShouldBeProblem(HttpStatusCode.TooManyRequests, "rate_limited");
        Assert.Multiple(() =>
        {
            Assert.That(answers, Has.Count.GreaterThan(60));
            Assert.That(Header(refused, "RateLimit-Policy"), Is.EqualTo("\"registration\";q=60;w=60"));
            Assert.That(Limit(refused).Remaining, Is.Zero);
            Assert.That(refused.Message.Headers.RetryAfter?.Delta, Is.EqualTo(TimeSpan.FromSeconds(Limit(refused).Reset)).And.GreaterThan(TimeSpan.Zero));
            Assert.That(refused["retryAfter"].GetInt32(), Is.EqualTo(Limit(refused).Reset));
        });
        Assert.That((await stranger.TryLoginAsync("ada@example.com", "")).Status, Is.EqualTo(HttpStatusCode.BadRequest), "Another door, counted apart.");
    }

    [Test]
    public async Task An_account_is_not_slowed_down_by_strangers_at_its_address()
    {
        await using var server = await StartAsync();
        using var admin = await server.Anonymous().LoginAsync(TestServer.AdminEmail);
        using var stranger = server.Anonymous();

        var answers = await Task.WhenAll(Enumerable.Range(0, 1500).Select(_ => stranger.GetAsync("/api/v1/me")));
        var own = await admin.GetAsync("/api/v1/me");

        Assert.Multiple(() =>
        {
            Assert.That(answers.Select(answer => answer.Status), Has.Some.EqualTo(HttpStatusCode.TooManyRequests));
            Assert.That(answers.Select(answer => Header(answer, "RateLimit-Policy")), Is.All.EqualTo("\"caller\";q=400;w=2"));
            Assert.That(own.Status, Is.EqualTo(HttpStatusCode.OK));
        });
    }

    [Test]
    public async Task A_key_has_the_rate_that_it_was_made_with()
    {
        await using var server = await StartAsync();
        using var admin = await server.Anonymous().LoginAsync(TestServer.AdminEmail);
        using var slow = await ProgramAsync(server, admin, requestsPerSecond: 5);
        using var ordinary = await ProgramAsync(server, admin, requestsPerSecond: null);

        Assert.Multiple(async () =>
        {
            Assert.That(Header((await slow.GetAsync("/api/v1/users")).ShouldBe(HttpStatusCode.OK), "RateLimit-Policy"), Is.EqualTo("\"api-key\";q=10;w=2"));
            Assert.That(Header((await ordinary.GetAsync("/api/v1/users")).ShouldBe(HttpStatusCode.OK), "RateLimit-Policy"), Is.EqualTo("\"api-key\";q=400;w=2"));
        });
    }

    [TestCase("X-Api-Key", "faceid_{0}", "/api/v1/users", HttpStatusCode.Unauthorized)]
    [TestCase("Cookie", "__Host-faceid={0}", "/api/v1/users", HttpStatusCode.Unauthorized)]
    [TestCase("X-Api-Key", "faceid_{0}", "/openapi/v1.json", HttpStatusCode.OK)]
    public async Task Who_keeps_sending_what_nobody_knows_is_not_looked_for_any_more_and_harms_nobody(
        string header, string form, string address, HttpStatusCode atFirst)
    {
        await using var server = await TestServer.StartAsync(TestDatabase.ConnectionString, new StoppedWatch(), ("FACEID_RATE_LIMIT", "on"));
        using var admin = await server.Anonymous().LoginAsync(TestServer.AdminEmail);
        using var known = await ProgramAsync(server, admin, requestsPerSecond: null);
        using var unknown = await ProgramAsync(server, admin, requestsPerSecond: null);
        await server.Services.GetRequiredService<IAccessDirectory>().CatchUpAsync(CancellationToken.None);
        (await known.GetAsync("/api/v1/users")).ShouldBe(HttpStatusCode.OK);
        (await admin.GetAsync("/api/v1/me")).ShouldBe(HttpStatusCode.OK);
        using var forger = server.Anonymous();

        var answers = new List<Answer>();
        for (var i = 0; i < 45; i++)
        {
            forger.Http.DefaultRequestHeaders.Remove(header);
            forger.Http.DefaultRequestHeaders.TryAddWithoutValidation(header, string.Format(CultureInfo.InvariantCulture, form, i));
            answers.Add(await forger.GetAsync(address));
        }

        Assert.Multiple(async () =>
        {
            Assert.That(answers[..40].Select(answer => answer.Status), Is.All.EqualTo(atFirst));
            Assert.That(answers[40..].Select(answer => answer.Status), Is.All.EqualTo(HttpStatusCode.TooManyRequests));
            Assert.That(Header(answers[40], "RateLimit-Policy"), Is.EqualTo("\"unknown-credential\";q=40;w=2"));
            (await known.GetAsync("/api/v1/users")).ShouldBe(HttpStatusCode.OK);
            (await admin.GetAsync("/api/v1/me")).ShouldBe(HttpStatusCode.OK);
            (await unknown.GetAsync("/api/v1/users")).ShouldBeProblem(HttpStatusCode.TooManyRequests, "rate_limited");
        });
    }

    [Test]
    public void Every_open_door_has_a_policy_of_its_own_and_every_policy_exists()
    {
        var doors = TestRun.Server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().ToList();
        var open = doors.Where(door =>
            door.RoutePattern.RawText!.StartsWith("/api/", StringComparison.Ordinal) && door.Metadata.GetMetadata<IAllowAnonymous>() is not null).ToList();

        Assert.That(open, Is.Not.Empty);
        Assert.Multiple(() =>
        {
            foreach (var door in open)
            {
                Assert.That(door.Metadata.GetMetadata<EnableRateLimitingAttribute>(), Is.Not.Null, door.RoutePattern.RawText);
            }

            foreach (var policy in doors.Select(door => door.Metadata.GetMetadata<EnableRateLimitingAttribute>()?.PolicyName).OfType<string>())
            {
                Assert.That(RateLimits.OfOpenDoors.Keys, Does.Contain(policy));
            }
        });
    }

    [Test]
    public async Task Switched_off_it_limits_nobody_and_warns_at_the_start()
    {
        var log = new CollectedLog();
        await using var server = await TestServer.StartAsync(
            TestDatabase.ConnectionString, builder => builder.Services.AddSingleton<ILoggerProvider>(log), ("FACEID_RATE_LIMIT", "off"));
        using var stranger = server.Anonymous();

        var answer = await stranger.TryLoginAsync("ada@example.com", "");

        Assert.Multiple(() =>
        {
            Assert.That(Header(answer, "RateLimit"), Is.Null);
            Assert.That(log.Lines, Has.Some.StartsWith("Warning").And.Some.Contains("FACEID_RATE_LIMIT is off"));
        });
    }

    private static Task<TestServer> StartAsync() => TestServer.StartAsync(TestDatabase.ConnectionString, ("FACEID_RATE_LIMIT", "on"));

    private static async Task<Api> ProgramAsync(TestServer server, Api maker, int? requestsPerSecond)
    {
        var created = (await maker.PostAsync("/api/v1/api-keys", new { name = "Gate 7", scopes = (string[])["users.read"], requestsPerSecond })).ShouldBe(HttpStatusCode.Created);
        var program = server.Anonymous();
        program.Http.DefaultRequestHeaders.Add("X-Api-Key", created["key"].GetString());
        return program;
    }

    private static async Task<List<Answer>> UntilRefusedAsync(Func<Task<Answer>> ask, int most)
    {
        var answers = new List<Answer>();
        do
        {
            answers.Add(await ask());
        }
        while (answers[^1].Status != HttpStatusCode.TooManyRequests && answers.Count < most);

        return answers;
    }

    private static string? Header(Answer answer, string name) =>
        answer.Message.Headers.TryGetValues(name, out var values) ? values.Single() : null;

    private static (int Remaining, int Reset) Limit(Answer answer)
    {
        var match = Form().Match(Header(answer, "RateLimit") ?? "");
        Assert.That(match.Success, Header(answer, "RateLimit"));
        return (Number("r"), Number("t"));

        int Number(string name) => int.Parse(match.Groups[name].Value, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex("^\"[a-z-]+\";r=(?<r>[0-9]+);t=(?<t>[0-9]+)$")]
    private static partial Regex Form();
}
