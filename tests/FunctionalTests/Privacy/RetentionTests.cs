using System.Net;
using FaceId.FunctionalTests.Support;

namespace FaceId.FunctionalTests.Privacy;

public sealed class RetentionTests
{
    private const string Fingerprint = """
        SELECT concat_ws(',', (SELECT count(*) FROM users), (SELECT count(*) FROM sessions), (SELECT count(*) FROM refresh_tokens),
            (SELECT count(*) FROM one_time_tokens), (SELECT count(*) FROM liveness_sessions), (SELECT count(*) FROM attempt_counters), (SELECT count(*) FROM security_events),
            (SELECT count(*) FROM recognition_logs), (SELECT count(*) FROM outgoing_mails), (SELECT count(*) FROM pg_inherits WHERE inhparent = 'recognition_logs'::regclass))
        """;

    private string _name = "";
    private string _url = "";
    private TestServer? _server;
    private Api? _admin;

    [SetUp]
    public async Task SetUpAsync()
    {
        // A database of its own: partitions are dropped here.
        _name = $"retention_{Guid.NewGuid():N}";
        _url = await TestDatabase.CreateEmptyAsync(_name);
        _server = await TestServer.StartAsync(
            _url,
            ("FaceId:Retention:InactiveAccounts", "365"),
            ("FaceId:Retention:RecognitionLogs", "90"),
            ("FaceId:Retention:SecurityEvents", "180"));
        _admin = await _server.Anonymous().LoginAsync(TestServer.AdminEmail);
    }

    [TearDown]
    public async Task TearDownAsync()
    {
        _admin?.Dispose();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        await TestDatabase.DropAsync(_name);
    }

    [Test]
    public async Task A_dry_run_counts_and_changes_nothing_and_the_run_does_what_it_said()
    {
        await ExecuteAsync("""
            INSERT INTO users (id, email, name, hashed_password, is_verified, created_at) VALUES
                (101, 'stale@example.com', 'S', 'x', false, now() - interval '8 days'),
                (102, 'fresh@example.com', 'F', 'x', false, now() - interval '6 days'),
                (103, 'foreign@example.com', 'G', 'x', false, now() - interval '80 days');
            INSERT INTO security_events (kind, user_id, created_at) SELECT 'registered', id, created_at FROM users WHERE id IN (101, 102);
            INSERT INTO security_events (kind, created_at) VALUES ('signed_in', now() - interval '181 days'), ('signed_in', now() - interval '179 days');
            INSERT INTO one_time_tokens (purpose, token_hash, created_at, expires_at) VALUES
                ('reset_password', '\x01', now(), now() - interval '2 days'), ('reset_password', '\x02', now(), now() - interval '2 hours');
            INSERT INTO one_time_tokens (purpose, user_id, token_hash, created_at, expires_at) VALUES ('verify_email', 101, '\x03', now(), now() - interval '7 days');
            INSERT INTO outgoing_mails (kind, dedupe_key, user_id, created_at, next_attempt_at, attempts, sent_at, failed_at) VALUES
                ('password_changed', 'a', NULL, now(), now(), 1, now() - interval '31 days', NULL),
                ('password_changed', 'b', NULL, now(), now(), 1, now() - interval '29 days', NULL),
                ('password_changed', 'c', NULL, now(), now(), 1, NULL, now() - interval '31 days'),
                ('password_changed', 'd', NULL, now(), now(), 1, NULL, now() - interval '91 days'),
                ('password_changed', 'e', 101, now(), now(), 1, NULL, now() - interval '91 days'),
                ('password_changed', 'f', NULL, now() - interval '99 days', now() + interval '1 hour', 1, NULL, NULL);
            INSERT INTO attempt_counters VALUES
                ('\x01', 3, now() - interval '31 days', now() - interval '31 days'),
                ('\x02', 3, now() - interval '29 days', now() - interval '29 days'),
                ('\x03', 100, now() - interval '31 days', now() + interval '90 years');
            INSERT INTO sessions (id, user_id, created_at, last_seen_at, expires_at, proven_at)
                SELECT gen_random_uuid(), id, now(), now(), now() - interval '1 minute', now() FROM users WHERE id = 101;
            INSERT INTO sessions (id, user_id, created_at, last_seen_at, expires_at, proven_at)
                SELECT gen_random_uuid(), 103, now(), now(), now() - interval '1 minute', now();
            INSERT INTO liveness_sessions (id, user_id, actor_id, purpose, nonce_hash, created_at, expires_at) VALUES
                (gen_random_uuid(), 103, 103, 'verify', '\x01', now(), now() - interval '1 minute'), (gen_random_uuid(), 102, 102, 'verify', '\x02', now(), now() + interval '1 hour'),
                (gen_random_uuid(), 101, 101, 'verify', '\x03', now(), now() - interval '1 minute');
            INSERT INTO recognition_logs (action, success, created_at) VALUES ('verify', true, now() - interval '91 days'), ('verify', true, now());
            """);
        var before = await ScalarAsync<string>(Fingerprint);

        var dry = (await _admin!.PostAsync("/api/v1/retention?dryRun=true", new { })).ShouldBe(HttpStatusCode.OK);
        Assert.That(await ScalarAsync<string>(Fingerprint), Is.EqualTo(before));
        var run = (await _admin.PostAsync("/api/v1/retention", new { })).ShouldBe(HttpStatusCode.OK);
        var again = (await _admin.PostAsync("/api/v1/retention", new { })).ShouldBe(HttpStatusCode.OK);

        Assert.Multiple(async () =>
        {
            Assert.That(Counts(dry), Is.EqualTo(new Dictionary<string, int>
            {
                ["unverifiedRegistrations"] = 1,
                ["inactiveAccountWarnings"] = 0,
                ["inactiveAccounts"] = 0,
                ["recognitionLogPartitions"] = 0,
                ["recognitionLogs"] = 1,
                ["securityEvents"] = 1,
                ["refreshTokens"] = 0,
                ["sessions"] = 1,
                ["oneTimeTokens"] = 1,
                ["livenessSessions"] = 1,
                ["sentMails"] = 1,
                ["failedMails"] = 1,
                ["attemptCounters"] = 1,
                ["unnamedImages"] = 0,
            }));
            Assert.That(Counts(run), Is.EqualTo(Counts(dry)));
            Assert.That(Counts(again).Values, Is.All.Zero);
            Assert.That(await ScalarAsync<string>("SELECT string_agg(id::text, ',' ORDER BY id) FROM users WHERE id > 100"), Is.EqualTo("102,103"));
            Assert.That(await ScalarAsync<string>("SELECT string_agg(encode(key, 'hex'), ',' ORDER BY key) FROM attempt_counters WHERE length(key) = 1"), Is.EqualTo("02,03"));
            Assert.That(await ScalarAsync<string>("SELECT string_agg(dedupe_key, '' ORDER BY dedupe_key) FROM outgoing_mails WHERE length(dedupe_key) = 1"), Is.EqualTo("bcf"));
            Assert.That(
                await ScalarAsync<string>("SELECT string_agg(detail, '; ') FROM security_events WHERE kind = 'retention_applied'"),
                Is.EqualTo("unverifiedRegistrations=1 recognitionLogs=1 securityEvents=1"),
                "Once: the second run found nothing.");
        });
    }

    [Test]
    public async Task An_unused_account_is_warned_first_and_erased_two_weeks_later_but_never_an_administrator()
    {
        await ExecuteAsync("""
            INSERT INTO users (id, email, name, hashed_password, role, is_verified, created_at, last_sign_in_at) VALUES
                (101, 'unused@example.com', 'U', 'x', 'user', true, now() - interval '800 days', now() - interval '400 days'),
                (102, 'recognised@example.com', 'R', 'x', 'user', true, now() - interval '800 days', NULL),
                (103, 'old-admin@example.com', 'A', 'x', 'admin', true, now() - interval '800 days', NULL),
                (104, 'seen@example.com', 'S', 'x', 'operator', true, now() - interval '800 days', NULL);
            INSERT INTO recognition_logs (user_id, action, success, created_at) VALUES (102, 'verify', true, now() - interval '80 days');
            INSERT INTO sessions (id, user_id, created_at, last_seen_at, expires_at, proven_at)
                VALUES (gen_random_uuid(), 104, now() - interval '20 days', now() - interval '1 day', now() + interval '10 days', now());
            """);

        var first = await RunAsync();
        var second = await RunAsync();
        await ExecuteAsync("UPDATE security_events SET created_at = now() - interval '15 days' WHERE detail = 'warned'");
        var third = await RunAsync();

        Assert.Multiple(async () =>
        {
            Assert.That((first["inactiveAccountWarnings"], first["inactiveAccounts"]), Is.EqualTo((1, 0)));
            Assert.That((second["inactiveAccountWarnings"], second["inactiveAccounts"]), Is.EqualTo((0, 0)), "Warned once, and two weeks are not over.");
            Assert.That((third["inactiveAccountWarnings"], third["inactiveAccounts"]), Is.EqualTo((0, 1)));
            Assert.That(await ScalarAsync<string>("SELECT string_agg(id::text, ',' ORDER BY id) FROM users WHERE id > 100"), Is.EqualTo("102,103,104"));
            Assert.That(await ScalarAsync<long>("SELECT count(*) FROM security_events WHERE kind = 'user_erased'"), Is.EqualTo(1));
        });
    }

    [Test]
    public async Task Partitions_go_when_their_newest_row_is_old_and_never_the_one_in_use()
    {
        await InsertAtAsync(1, 91);
        await InsertAtAsync(2, 120);
        await MakeAsync(1_000_001);
        await InsertAtAsync(1_000_001, 95);
        await InsertAtAsync(1_000_002, 10);
        await MakeAsync(2_000_001);
        await InsertAtAsync(2_000_001, 100);
        await ExecuteAsync("SELECT setval('recognition_logs_id_seq', 2000001)");

        var run = await RunAsync();

        Assert.Multiple(async () =>
        {
            Assert.That(run["recognitionLogPartitions"], Is.EqualTo(1));
            Assert.That(run["recognitionLogs"], Is.EqualTo(4));
            Assert.That(await ScalarAsync<string>("SELECT string_agg(id::text, ',') FROM recognition_logs"), Is.EqualTo("1000002"));
            Assert.That(await ScalarAsync<bool>("SELECT to_regclass('recognition_logs_from_1') IS NULL"));
            Assert.That(await ScalarAsync<bool>("SELECT to_regclass('recognition_logs_from_1000001') IS NOT NULL"));
            Assert.That(await ScalarAsync<bool>("SELECT to_regclass('recognition_logs_from_2000001') IS NOT NULL"), "In use.");
        });

        // Ranges that the server made ahead may be there already.
        Task MakeAsync(long from) => ExecuteAsync(
            $"CREATE TABLE IF NOT EXISTS recognition_logs_from_{from} PARTITION OF recognition_logs FOR VALUES FROM ({from}) TO ({from + 1_000_000})");

        Task InsertAtAsync(long id, int days) => ExecuteAsync(
            $"INSERT INTO recognition_logs (id, action, success, created_at) VALUES ({id}, 'verify', true, now() - interval '{days} days')");
    }

    [Test]
    public async Task Only_administrators_apply_it()
    {
        (await _admin!.PostAsync("/api/v1/users", new { email = "op@example.com", name = "Op", password = Api.Password, role = "operator", verified = true }))
            .ShouldBe(HttpStatusCode.Created);
        using var op = await _server!.Anonymous().LoginAsync("op@example.com");

        (await op.PostAsync("/api/v1/retention?dryRun=true", new { })).ShouldBeProblem(HttpStatusCode.Forbidden, "forbidden");
    }

    private async Task<Dictionary<string, int>> RunAsync() => Counts((await _admin!.PostAsync("/api/v1/retention", new { })).ShouldBe(HttpStatusCode.OK));

    private static Dictionary<string, int> Counts(Answer answer) => answer["items"].EnumerateArray()
        .ToDictionary(item => item.GetProperty("what").GetString()!, item => item.GetProperty("count").GetInt32());

    private Task<int> ExecuteAsync(string sql) => TestDatabase.ExecuteAsync(_url, sql);

    private Task<T> ScalarAsync<T>(string sql) => TestDatabase.ScalarAsync<T>(_url, sql);
}
