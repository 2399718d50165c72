using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using FaceId.Application.Recognition.Settings;
using FaceId.Domain.Recognition;
using FaceId.FunctionalTests.Support;
using FaceId.Infrastructure.Persistence;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace FaceId.FunctionalTests.Recognition;

public sealed class SettingsTests : ServerTests
{
    private const string Path = "/api/v1/settings";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    [Test]
    public async Task Until_somebody_changes_something_the_defaults_hold_and_there_is_no_row()
    {
        using var admin = await AdminAsync();

        var settings = (await admin.GetAsync(Path)).ShouldBe(HttpStatusCode.OK);

        Assert.That(JsonNode.DeepEquals(JsonNode.Parse(settings.Body), JsonNode.Parse("""
            {"version": 0, "falseMatchRates": {"verify": 0.0001, "identify": 0.01, "duplicate": 0.001, "proof": 0.0001}, "upgradeAtVerification": true,
             "requireLiveness": {"verify": false, "enrol": false, "proof": false, "identify": false}, "updatedAt": null, "updatedBy": null}
            """)), settings.Body);
        Assert.That(await ScalarAsync<long>("SELECT count(*) FROM settings"), Is.Zero);
    }

    [Test]
    public async Task A_change_says_when_and_by_whom_and_counts_with_its_answer()
    {
        using var admin = await AdminAsync();

        var answer = (await admin.PutAsync(Path, Change(0, verify: 1e-5, upgrade: false))).ShouldBe(HttpStatusCode.OK);
        var current = await CurrentAsync(TestRun.Server);

        Assert.Multiple(async () =>
        {
            Assert.That(answer["version"].GetInt32(), Is.EqualTo(1));
            Assert.That(answer["falseMatchRates.verify"].GetDouble(), Is.EqualTo(1e-5));
            Assert.That(answer["upgradeAtVerification"].GetBoolean(), Is.False);
            Assert.That(answer["updatedBy"].GetInt32(), Is.EqualTo(admin.UserId));
            Assert.That(answer["updatedAt"].GetDateTimeOffset(), Is.EqualTo(DateTimeOffset.UtcNow).Within(TimeSpan.FromMinutes(1)));
            Assert.That(current, Is.EqualTo(new RecognitionSettings { FalseMatchRates = new FalseMatchRates { Verify = 1e-5 }, UpgradeAtVerification = false }));
            var again = await admin.GetAsync(Path);
            Assert.That(again["version"].GetInt32(), Is.EqualTo(1));
            Assert.That(again["falseMatchRates.verify"].GetDouble(), Is.EqualTo(1e-5));
        });
    }

    [Test]
    public async Task The_thresholds_are_those_of_the_answers_and_say_how_well_their_rates_are_known()
    {
        using var admin = await AdminAsync();
        var john = await admin.CreatePersonAsync();
        (await admin.EnrolAsync(john, Photos.JohnSalley)).ShouldBe(HttpStatusCode.Created);
        (await admin.EnrolAsync(await admin.CreatePersonAsync("other@example.com"), Photos.JohnSimm)).ShouldBe(HttpStatusCode.Created);
        (await admin.PutAsync(Path, Change(0, verify: 1e-7))).ShouldBe(HttpStatusCode.OK);
        var verified = (await admin.VerifyAsync(john, Photos.JohnSalleyAgain)).ShouldBe(HttpStatusCode.OK);
        var identified = (await admin.IdentifyAsync(Photos.JohnSalleyAgain)).ShouldBe(HttpStatusCode.OK);

        var answer = (await admin.GetAsync($"{Path}/thresholds")).ShouldBe(HttpStatusCode.OK);

        var thresholds = answer["thresholds"].EnumerateArray().ToDictionary(item => (item.GetProperty("purpose").GetString(), item.GetProperty("model").GetString()));
        var (verify, identify, dlib) = (thresholds[("verify", "faceid-fused-v1")], thresholds[("identify", "faceid-fused-v1")], thresholds[("verify", "dlib-resnet-v1")]);
        Assert.Multiple(() =>
        {
            Assert.That(thresholds, Has.Count.EqualTo(8));
            Assert.That(answer["faces"].GetInt32(), Is.EqualTo(2));
            Assert.That(verify.GetProperty("distance").GetDouble(), Is.EqualTo(verified["threshold"].GetDouble()));
            Assert.That(identify.GetProperty("distance").GetDouble(), Is.EqualTo(identified["threshold"].GetDouble()));
            Assert.That((verify.GetProperty("comparisons").GetInt32(), identify.GetProperty("comparisons").GetInt32()), Is.EqualTo((1, 2)));
            Assert.That(verify.GetProperty("falseMatchRate").GetProperty("extrapolated").GetBoolean(), Is.True, "nobody has seen enough strangers for 1e-7");
            Assert.That(identify.GetProperty("falseMatchRate").GetProperty("extrapolated").GetBoolean(), Is.False);
            foreach (var item in thresholds.Values)
            {
                var rate = item.GetProperty("falseMatchRate");
                Assert.That(rate.GetProperty("value").GetDouble(), Is.InRange(rate.GetProperty("low").GetDouble(), rate.GetProperty("high").GetDouble()));
            }

            Assert.That(
                dlib.GetProperty("falseNonMatchRate").GetProperty("value").GetDouble(),
                Is.GreaterThan(2 * verify.GetProperty("falseNonMatchRate").GetProperty("value").GetDouble()),
                "what the second opinion is for");
            Assert.That(answer["calibrations"].EnumerateArray().Select(item => item.GetProperty("model").GetString()), Is.EqualTo(new[] { "faceid-fused-v1", "dlib-resnet-v1" }));
        });
    }

    [Test]
    public async Task Every_change_is_in_the_security_log_with_what_was_before_and_after()
    {
        using var admin = await AdminAsync();

        (await admin.PutAsync(Path, Change(0, verify: 0.001))).ShouldBe(HttpStatusCode.OK);
        (await admin.PutAsync(Path, Change(1, verify: 0.002, upgrade: false, enrol: true))).ShouldBe(HttpStatusCode.OK);

        var events = (await admin.GetAsync("/api/v1/security-events?kind=settingsChanged")).ShouldBe(HttpStatusCode.OK);
        Assert.Multiple(() =>
        {
            Assert.That(events["items"].GetArrayLength(), Is.EqualTo(2));
            Assert.That(events["items.0.detail"].GetString(), Is.EqualTo(
                "version 2: falseMatchRates.verify 0.001 -> 0.002, upgradeAtVerification true -> false, requireLiveness.enrol false -> true"));
            Assert.That(events["items.1.detail"].GetString(), Is.EqualTo("version 1: falseMatchRates.verify 0.0001 -> 0.001"));
            Assert.That(events["items.0.actorId"].GetInt32(), Is.EqualTo(admin.UserId));
        });
    }

    [Test]
    public async Task The_second_of_two_administrators_is_told_that_the_settings_changed()
    {
        using var admin = await AdminAsync();
        (await admin.PutAsync(Path, Change(0, verify: 1e-5))).ShouldBe(HttpStatusCode.OK);

        foreach (var version in (int[])[0, 2, -1])
        {
            (await admin.PutAsync(Path, Change(version, verify: 1e-2))).ShouldBeProblem(HttpStatusCode.Conflict, "settings_changed");
        }

        var settings = await admin.GetAsync(Path);
        Assert.That((settings["version"].GetInt32(), settings["falseMatchRates.verify"].GetDouble()), Is.EqualTo((1, 1e-5)));
        Assert.That(await ScalarAsync<long>("SELECT count(*) FROM security_events WHERE kind = 'settings_changed'"), Is.EqualTo(1));
    }

    [TestCase(0)]
    [TestCase(1)]
    public async Task Of_many_changes_at_the_same_moment_one_wins(int version)
    {
        using var admin = await AdminAsync();
        if (version > 0)
        {
            (await admin.PutAsync(Path, Change(0))).ShouldBe(HttpStatusCode.OK);
        }

        var answers = await Task.WhenAll(Enumerable.Range(1, 8).Select(i => admin.PutAsync(Path, Change(version, verify: i * 1e-4))));

        Assert.That(answers.Count(answer => answer.Status == HttpStatusCode.OK), Is.EqualTo(1));
        foreach (var loser in answers.Where(answer => answer.Status != HttpStatusCode.OK))
        {
            loser.ShouldBeProblem(HttpStatusCode.Conflict, "settings_changed");
        }

        Assert.That((await admin.GetAsync(Path))["version"].GetInt32(), Is.EqualTo(version + 1));
    }

    [TestCase("verify", "1e-8", true)]
    [TestCase("verify", "0.1", true)]
    [TestCase("verify", "9.9e-9", false)]
    [TestCase("verify", "0.11", false)]
    [TestCase("verify", "0", false)]
    [TestCase("verify", "-0.0001", false)]
    [TestCase("verify", "1e999", false)]
    [TestCase("identify", "0.1", true)]
    [TestCase("identify", "1", false)]
    [TestCase("duplicate", "1e-8", true)]
    [TestCase("duplicate", "1e-9", false)]
    [TestCase("proof", "0.0001", true)]
    [TestCase("proof", "0.00011", false)]
    public async Task A_rate_is_kept_in_its_range(string name, string rate, bool allowed)
    {
        using var admin = await AdminAsync();
        string Rate(string of, string otherwise) => of == name ? rate : otherwise;
        var body = Encoding.UTF8.GetBytes($$"""
            {"version": 0, "upgradeAtVerification": true, "requireLiveness": {"verify": false, "enrol": false, "proof": false, "identify": false},
             "falseMatchRates": {"verify": {{Rate("verify", "1e-4")}}, "identify": {{Rate("identify", "1e-2")}},
               "duplicate": {{Rate("duplicate", "1e-3")}}, "proof": {{Rate("proof", "1e-4")}} } }
            """);

        var answer = await PutAsync(admin, body);

        if (allowed)
        {
            answer.ShouldBe(HttpStatusCode.OK);
        }
        else
        {
            answer.ShouldBeProblem(HttpStatusCode.BadRequest, "validation");
            Assert.That(answer["errors"].EnumerateObject().Single().Name, Is.EqualTo($"falseMatchRates.{name}"));
            Assert.That(await ScalarAsync<long>("SELECT count(*) FROM settings"), Is.Zero);
        }
    }

    [TestCase("falseMatchRates.proof")]
    [TestCase("falseMatchRates")]
    [TestCase("upgradeAtVerification")]
    [TestCase("requireLiveness.enrol")]
    [TestCase("version")]
    public async Task What_is_left_out_is_refused_and_named(string name)
    {
        using var admin = await AdminAsync();
        var body = JsonNode.Parse(System.Text.Json.JsonSerializer.Serialize(Change(0)))!.AsObject();
        var path = name.Split('.');
        (path.Length == 2 ? body[path[0]]!.AsObject() : body).Remove(path[^1]);

        var answer = (await admin.PutAsync(Path, body)).ShouldBeProblem(HttpStatusCode.BadRequest, "validation");

        Assert.That(answer["errors"].EnumerateObject().Select(error => error.Name), Has.All.StartsWith(name));
    }

    [Test]
    public async Task An_unknown_member_is_refused_and_named()
    {
        using var admin = await AdminAsync();
        var body = JsonNode.Parse(System.Text.Json.JsonSerializer.Serialize(Change(0)))!.AsObject();
        body["falseMatchRates"]!["verfy"] = 1e-4;

        var answer = (await admin.PutAsync(Path, body)).ShouldBeProblem(HttpStatusCode.BadRequest, "validation");

        Assert.That(answer["detail"].GetString(), Does.Contain("verfy"));
    }

    [Test]
    public async Task An_operator_sees_no_settings_and_changes_none()
    {
        using var op = await PersonAsync("op@example.com", "operator");

        (await op.GetAsync(Path)).ShouldBeProblem(HttpStatusCode.Forbidden, "forbidden");
        (await op.GetAsync($"{Path}/thresholds")).ShouldBeProblem(HttpStatusCode.Forbidden, "forbidden");
        (await op.PutAsync(Path, Change(0))).ShouldBeProblem(HttpStatusCode.Forbidden, "forbidden");
    }

    [Test]
    public async Task A_change_reaches_every_node_within_two_seconds_also_by_plain_SQL()
    {
        await using var other = await TestServer.StartAsync(TestDatabase.ConnectionString);
        using var admin = await AdminAsync();
        await RememberedAsync(other);

        (await admin.PutAsync(Path, Change(0, verify: 1e-5))).ShouldBe(HttpStatusCode.OK);
        await Eventually.IsAsync(1e-5, () => VerifyRateAsync(other), Limit);
        await RememberedAsync(other);
        await ExecuteAsync("UPDATE settings SET value = jsonb_set(value, '{falseMatchRates,verify}', '0.003')");
        await Eventually.IsAsync(3e-3, () => VerifyRateAsync(other), Limit);
        await RememberedAsync(other);
        await ExecuteAsync("DELETE FROM settings");

        await Eventually.IsAsync(1e-4, () => VerifyRateAsync(other), Limit);
    }

    [Test]
    public async Task A_change_while_the_connection_is_lost_counts_within_two_seconds()
    {
        await using var relay = DatabaseRelay.Open();
        await using var other = await TestServer.StartAsync(relay.ConnectionString);
        using var admin = await AdminAsync();
        await RememberedAsync(other);

        for (var version = 0; version < 3; version++)
        {
            var rate = (version + 1) * 1e-3;
            relay.Cut();
            (await admin.PutAsync(Path, Change(version, verify: rate))).ShouldBe(HttpStatusCode.OK);

            await Eventually.IsAsync(rate, () => VerifyRateAsync(other), Limit);
            await RememberedAsync(other);
        }
    }

    [Test]
    public async Task What_changed_while_a_node_was_cut_off_counts_once_it_listens_again_without_anybody_asking_meanwhile()
    {
        await using var relay = DatabaseRelay.Open();
        await using var other = await TestServer.StartAsync(relay.ConnectionString);
        var feed = other.Services.GetRequiredService<ChangeFeed>();
        using var admin = await AdminAsync();
        await RememberedAsync(other);

        relay.Freeze();
        relay.Cut();
        await Eventually.IsAsync(false, () => Task.FromResult(feed.IsCurrent), Limit);
        (await admin.PutAsync(Path, Change(0, verify: 1e-5))).ShouldBe(HttpStatusCode.OK);
        relay.Thaw();
        await Eventually.IsAsync(true, () => Task.FromResult(feed.IsCurrent));

        Assert.That(await VerifyRateAsync(other), Is.EqualTo(1e-5));
    }

    [Test]
    public async Task A_node_that_hears_nothing_any_more_stops_believing_its_memory_within_two_seconds()
    {
        await using var relay = DatabaseRelay.Open();
        await using var other = await TestServer.StartAsync(relay.ConnectionString);
        using var admin = await AdminAsync();
        await RememberedAsync(other);

        relay.Freeze();
        (await admin.PutAsync(Path, Change(0, verify: 1e-5))).ShouldBe(HttpStatusCode.OK);
        ValueTask<RecognitionSettings> asked = default;
        await Eventually.IsAsync(false, () => Task.FromResult((asked = Ask(other)).IsCompletedSuccessfully), Limit);
        relay.Thaw();

        Assert.That((await asked).FalseMatchRates.Verify, Is.EqualTo(1e-5));
    }

    [TestCase("[1]")]
    [TestCase("""{"falseMatchRates": 5}""")]
    [TestCase("""{"falseMatchRates": {"verify": "often"}}""")]
    [TestCase("""{"falseMatchRates": {"proof": 0.01}}""")]
    [TestCase("""{"upgradeAtVerification": null}""")]
    public async Task A_row_that_cannot_be_used_is_reported_and_mended_by_the_next_change(string value)
    {
        var log = new CollectedLog();
        await using var server = await TestServer.StartAsync(TestDatabase.ConnectionString, builder => builder.Logging.AddProvider(log));
        using var admin = await server.Anonymous().LoginAsync(TestServer.AdminEmail);
        await ExecuteAsync("INSERT INTO settings (name, value, version, updated_at) VALUES ('recognition', $1::jsonb, 7, now())", value);

        await Eventually.IsAsync(true, async () => await CurrentAsync(server) == new RecognitionSettings() && log.Lines.Any(line => line.StartsWith("Error The row 'recognition'", StringComparison.Ordinal)));
        Assert.That((await admin.GetAsync(Path)).ShouldBe(HttpStatusCode.OK)["version"].GetInt32(), Is.EqualTo(7));
        (await admin.PutAsync(Path, Change(7, verify: 1e-5))).ShouldBe(HttpStatusCode.OK);

        Assert.That(await VerifyRateAsync(server), Is.EqualTo(1e-5));
    }

    [Test]
    public async Task A_row_of_another_version_of_the_program_leaves_what_it_does_not_name_as_configured()
    {
        await using var server = await TestServer.StartAsync(
            TestDatabase.ConnectionString, ("FaceId:Recognition:FalseMatchRates:Identify", "0.05"), ("FaceId:Recognition:RequireLiveness:Proof", "true"));
        Assert.That((await CurrentAsync(server)).FalseMatchRates.Identify, Is.EqualTo(0.05));

        await ExecuteAsync("""
            INSERT INTO settings (name, value, version, updated_at)
            VALUES ('recognition', '{"falseMatchRates": {"verify": 0.002, "another": 5}, "colour": "red", "requireLiveness": {"proof": false}}', 1, now())
            """);

        await Eventually.IsAsync(
            new RecognitionSettings { FalseMatchRates = new FalseMatchRates { Verify = 0.002, Identify = 0.05 } }, () => CurrentAsync(server));
    }

    [Test]
    public async Task What_was_changed_wins_over_the_configuration()
    {
        await using var server = await TestServer.StartAsync(TestDatabase.ConnectionString, ("FaceId:Recognition:FalseMatchRates:Verify", "0.05"));
        using var admin = await AdminAsync();
        Assert.That(await VerifyRateAsync(server), Is.EqualTo(0.05));

        (await admin.PutAsync(Path, Change(0))).ShouldBe(HttpStatusCode.OK);

        await Eventually.IsAsync(1e-4, () => VerifyRateAsync(server));
    }

    private static object Change(int version, double verify = 1e-4, bool upgrade = true, bool enrol = false) => new
    {
        version,
        falseMatchRates = new { verify, identify = 1e-2, duplicate = 1e-3, proof = 1e-4 },
        upgradeAtVerification = upgrade,
        requireLiveness = new { verify = false, enrol, proof = false, identify = false },
    };

    private static Task<Answer> PutAsync(Api api, byte[] json)
    {
        var content = new ByteArrayContent(json);
        content.Headers.ContentType = new System.Net.Http.Headers.MediaTypeHeaderValue("application/json");
        return Answer.OfAsync(api.Http.PutAsync(new Uri(Path, UriKind.Relative), content));
    }

    private static Task<RecognitionSettings> CurrentAsync(TestServer server) => Ask(server).AsTask();

    private static ValueTask<RecognitionSettings> Ask(TestServer server) =>
        server.Services.GetRequiredService<IRecognitionSettings>().CurrentAsync(CancellationToken.None);

    /// <summary>Not a number while the server cannot say.</summary>
    private static async Task<double> VerifyRateAsync(TestServer server)
    {
        try
        {
            return (await CurrentAsync(server)).FalseMatchRates.Verify;
        }
        catch (NpgsqlException)
        {
            return double.NaN;
        }
    }

    /// <summary>Waits until the server answers from memory, so that what follows is a test of its forgetting.</summary>
    private static Task RememberedAsync(TestServer server) => Eventually.IsAsync(true, async () =>
    {
        var asked = Ask(server);
        var remembered = asked.IsCompletedSuccessfully;
        try
        {
            await asked;
        }
        catch (NpgsqlException)
        {
            return false;
        }

        return remembered;
    });
}
