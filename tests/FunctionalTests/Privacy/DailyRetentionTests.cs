using FaceId.FunctionalTests.Support;
using FaceId.Infrastructure.Persistence;
using Hangfire;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace FaceId.FunctionalTests.Privacy;

/// <summary>The daily job, by the real Hangfire server.</summary>
public sealed class DailyRetentionTests
{
    private string _name = "";
    private string _url = "";

    [SetUp]
    public async Task SetUpAsync()
    {
        _name = $"daily_{Guid.NewGuid():N}";
        _url = await TestDatabase.CreateEmptyAsync(_name);
    }

    [TearDown]
    public Task TearDownAsync() => TestDatabase.DropAsync(_name);

    [Test]
    public async Task The_job_erases_on_behalf_of_the_server_what_time_has_run_out_for()
    {
        var time = new ShiftedTime();
        await using var server = await TestServer.StartAsync(_url, time);
        using (var ada = server.Anonymous())
        {
            (await ada.RegisterAsync("ada@example.com")).ShouldBe(System.Net.HttpStatusCode.Accepted);
        }

        await Eventually.IsAsync(1L, () => ScalarAsync<long>("SELECT count(*) FROM outgoing_mails WHERE sent_at IS NOT NULL"));
        await RunJobAsync(server);
        Assert.That(await ScalarAsync<long>("SELECT count(*) FROM users WHERE email = 'ada@example.com'"), Is.EqualTo(1), "Not yet.");
        Assert.That(await ScalarAsync<long>("SELECT count(*) FROM security_events WHERE kind = 'retention_applied'"), Is.Zero, "Nothing happened.");

        time.Advance(TimeSpan.FromDays(31));
        await RunJobAsync(server);

        Assert.Multiple(async () =>
        {
            Assert.That(await ScalarAsync<long>("SELECT count(*) FROM users WHERE email = 'ada@example.com'"), Is.Zero);
            Assert.That(await ScalarAsync<long>("SELECT count(*) FROM one_time_tokens"), Is.Zero);
            Assert.That(await ScalarAsync<long>("SELECT count(*) FROM outgoing_mails WHERE kind = 'verify_email'"), Is.Zero);
            Assert.That(
                await ScalarAsync<string>("SELECT concat_ws('|', detail, user_agent, actor_id) FROM security_events WHERE kind = 'retention_applied'"),
                Is.EqualTo("unverifiedRegistrations=1|scheduled job"));
        });
    }

    [Test]
    public async Task A_job_that_became_due_while_all_servers_were_off_runs_once_on_one_of_them()
    {
        (string, string)[] settings = [("FaceId:Retention:Hour", "4"), ("FaceId:TimeZone", "Asia/Tokyo")];
        await using (var first = await TestServer.StartAsync(_url, settings))
        {
            await Eventually.IsAsync(19, async () => (await NextAsync()).Hour);
            Assert.That(await NextAsync(), Is.GreaterThan(DateTimeOffset.UtcNow), "Four o'clock in Tokyo is 19 o'clock UTC, all year.");
        }

        await ExecuteAsync("UPDATE hangfire.set SET score = extract(epoch FROM now() - interval '1 hour') WHERE key = 'recurring-jobs' AND value = 'retention'");
        // Hangfire reckons from when the job was made, or last ran.
        await ExecuteAsync("""
            UPDATE hangfire.hash SET value = CASE WHEN value ~ '^[0-9]+$'
                THEN (extract(epoch FROM now() - interval '25 hours') * 1000)::bigint::text
                ELSE to_char(now() AT TIME ZONE 'UTC' - interval '25 hours', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') END
            WHERE key = 'recurring-job:retention' AND field IN ('NextExecution', 'CreatedAt')
            """);

        await using var one = await TestServer.StartAsync(_url, settings);
        await using var other = await TestServer.StartAsync(_url, settings);
        // Hangfire looks for what is due every 15 s.
        await Eventually.IsAsync(1L, () => ScalarAsync<long>(Done), TimeSpan.FromSeconds(45));
        Assert.That(await NextAsync(), Is.GreaterThan(DateTimeOffset.UtcNow), "It is on for the next day.");
        Assert.That(await ScalarAsync<long>(Made), Is.EqualTo(1));
    }

    [Test]
    public async Task While_one_node_is_at_it_another_leaves_it_alone()
    {
        await using var server = await TestServer.StartAsync(_url);
        await using var connection = new NpgsqlConnection(_url);
        await connection.OpenAsync();
        await using (var hold = new NpgsqlCommand($"SELECT pg_advisory_lock({AdvisoryLocks.Retention})", connection))
        {
            await hold.ExecuteNonQueryAsync();
        }

        await ExecuteAsync("INSERT INTO one_time_tokens (purpose, token_hash, created_at, expires_at) VALUES ('reset_password', '\\x01', now(), now() - interval '2 days')");
        await RunJobAsync(server);
        Assert.That(await ScalarAsync<long>("SELECT count(*) FROM one_time_tokens"), Is.EqualTo(1));

        await connection.CloseAsync();
        NpgsqlConnection.ClearPool(connection);
        await Eventually.IsAsync(0L, () => ScalarAsync<long>("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND objid = 6"));
        await RunJobAsync(server);
        Assert.That(await ScalarAsync<long>("SELECT count(*) FROM one_time_tokens"), Is.Zero);
    }

    private const string Made = "SELECT count(*) FROM hangfire.job WHERE invocationdata::text LIKE '%DailyRetention%'";
    private const string Done = Made + " AND statename = 'Succeeded'";

    /// <summary>Has the job run now, and waits for its end.</summary>
    private async Task RunJobAsync(TestServer server)
    {
        await Eventually.IsAsync(1L, () => ScalarAsync<long>("SELECT count(*) FROM hangfire.set WHERE key = 'recurring-jobs' AND value = 'retention'"));
        var before = await ScalarAsync<long>(Done);
        server.Services.GetRequiredService<IRecurringJobManager>().Trigger("retention");
        await Eventually.IsAsync(before + 1, () => ScalarAsync<long>(Done));
    }

    private async Task<DateTimeOffset> NextAsync()
    {
        var text = await ScalarAsync<string>("SELECT coalesce((SELECT value FROM hangfire.hash WHERE key = 'recurring-job:retention' AND field = 'NextExecution'), '0')");
        return Hangfire.Common.JobHelper.DeserializeDateTime(text);
    }

    private Task<int> ExecuteAsync(string sql) => TestDatabase.ExecuteAsync(_url, sql);

    private Task<T> ScalarAsync<T>(string sql) => TestDatabase.ScalarAsync<T>(_url, sql);
}
