using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using FaceId.FunctionalTests.Support;

namespace FaceId.FunctionalTests.Accounts;

/// <summary>Who calls is known from memory while nothing changed, and forgotten in time when something did.</summary>
public sealed class HotPathTests : ServerTests
{
    /// <summary>Refused for the limit after everything that has to do with the caller, and before any query of its own.</summary>
    private const string PersonsDoor = "/api/v1/me/faces?limit=0";
    private const string ProgramsDoor = "/api/v1/users?limit=0";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    [Test]
    public async Task A_caller_who_was_here_before_costs_no_database_command()
    {
        (string Door, string Header, string Value)[] callers =
        [
            (PersonsDoor, "Authorization", $"Bearer {TestRun.AdminToken}"),
            (ProgramsDoor, "X-Api-Key", await KeyAsync()),
            (PersonsDoor, "Cookie", await CookieAsync()),
        ];

        // A change elsewhere makes the server forget everybody; how soon after a start it trusts its memory is not asked here.
        foreach (var (door, header, value) in callers)
        {
            await ExecuteAsync("SELECT pg_notify('faceid_changes', 'all')");
            await Eventually.IsAsync(true, async () => await CommandsAsync(door, header, value) > 0);
            await Eventually.IsAsync(0, () => CommandsAsync(door, header, value));
            for (var i = 0; i < 20; i++)
            {
                Assert.That(await CommandsAsync(door, header, value), Is.Zero, $"{header}, request {i}");
            }
        }
    }

    [Test]
    public async Task What_plain_SQL_takes_away_is_refused_by_every_server_within_two_seconds()
    {
        await using var elsewhere = await TestServer.StartAsync(TestDatabase.ConnectionString);
        using var ada = await PersonAsync();
        using var adaElsewhere = await elsewhere.Anonymous().ContinueAsync(ada.Token);
        var key = await KeyAsync();
        var cookie = await CookieAsync();
        (string Header, string Value, string Door, string Sql)[] revocations =
        [
            ("Authorization", $"Bearer {ada.Token}", PersonsDoor, "DELETE FROM sessions USING users u WHERE u.id = user_id AND u.email = 'ada@example.com'"),
            ("X-Api-Key", key, ProgramsDoor, "DELETE FROM api_keys"),
            ("Cookie", cookie, PersonsDoor, "UPDATE users SET is_active = false"),
        ];

        foreach (var (header, value, door, sql) in revocations)
        {
            foreach (var server in (Uri[])[TestRun.Server.Address, elsewhere.Address])
            {
                Assert.That(await StatusAsync(server, door, header, value), Is.EqualTo(HttpStatusCode.BadRequest), $"{header} at {server}");
            }

            await ExecuteAsync(sql);
            var watch = Stopwatch.StartNew();
            foreach (var server in (Uri[])[elsewhere.Address, TestRun.Server.Address])
            {
                await Eventually.IsAsync(HttpStatusCode.Unauthorized, () => StatusAsync(server, door, header, value));
            }

            Assert.That(watch.Elapsed, Is.LessThan(Limit), header);
        }
    }

    private static async Task<string> KeyAsync()
    {
        using var admin = await AdminAsync();
        return (await admin.PostAsync("/api/v1/api-keys", new { name = "test", scopes = (string[])["users.read"] }))
            .ShouldBe(HttpStatusCode.Created)["key"].GetString()!;
    }

    private static async Task<string> CookieAsync()
    {
        using var browser = Anonymous();
        var login = await browser.PostAsync("/api/v1/auth/login", new { email = TestServer.AdminEmail, password = Api.Password, cookie = true });
        return login.ShouldBe(HttpStatusCode.OK).Message.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
    }

    private static async Task<HttpStatusCode> StatusAsync(Uri server, string door, string header, string value)
    {
        using var http = new HttpClient { BaseAddress = server };
        using var request = new HttpRequestMessage(HttpMethod.Get, door);
        request.Headers.Add(header, value);
        using var answer = await http.SendAsync(request);
        return answer.StatusCode;
    }

    /// <summary>
    /// How many database commands the server makes for one request. Npgsql's spans belong to the trace of the request that they are made
    /// for, so those of background work are not among them.
    /// </summary>
    private static async Task<int> CommandsAsync(string door, string header, string value)
    {
        var trace = ActivityTraceId.CreateRandom();
        var spans = new ConcurrentQueue<string>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is "Microsoft.AspNetCore" or "Npgsql",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = span =>
            {
                if (span.TraceId == trace && span.Source.Name == "Npgsql")
                {
                    spans.Enqueue(span.DisplayName);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        using var http = new HttpClient(new SocketsHttpHandler { ActivityHeadersPropagator = null }) { BaseAddress = TestRun.Server.Address };
        using var request = new HttpRequestMessage(HttpMethod.Get, door);
        request.Headers.Add(header, value);
        request.Headers.Add("traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom()}-01");
        using var answer = await http.SendAsync(request);
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        return spans.Count;
    }
}
