using System.Net;
using FaceId.FunctionalTests.Support;

namespace FaceId.FunctionalTests.Accounts;

public sealed class SessionTests : ServerTests
{
    [Test]
    public async Task A_refresh_token_is_traded_for_new_tokens_once()
    {
        using var ada = await PersonAsync();
        var first = ada.RefreshToken;

        await ada.ContinueAsync((await ada.TryRefreshAsync()).ShouldBe(HttpStatusCode.OK));

        Assert.That(ada.RefreshToken, Is.Not.EqualTo(first));
        (await ada.TryRefreshAsync()).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task Of_many_who_use_one_refresh_token_at_the_same_time_one_wins_and_the_session_goes_on()
    {
        using var ada = await PersonAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => ada.TryRefreshAsync()));

        Assert.That(answers.Count(answer => answer.Status == HttpStatusCode.OK), Is.EqualTo(1));
        foreach (var loser in answers.Where(answer => answer.Status != HttpStatusCode.OK))
        {
            loser.ShouldBeProblem(HttpStatusCode.Conflict, "refresh_raced");
        }

        var winner = answers.Single(answer => answer.Status == HttpStatusCode.OK);
        (await ada.TryRefreshAsync(winner["refreshToken"].GetString())).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task A_refresh_token_used_again_later_ends_the_whole_session()
    {
        using var ada = await PersonAsync();
        var stolen = ada.RefreshToken;
        await ada.ContinueAsync((await ada.TryRefreshAsync()).ShouldBe(HttpStatusCode.OK));
        await ExecuteAsync("UPDATE refresh_tokens SET used_at = used_at - interval '31 seconds'");

        (await ada.TryRefreshAsync(stolen)).ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_refresh_token");

        (await ada.TryRefreshAsync()).ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_refresh_token");
        (await ada.GetAsync("/api/v1/me")).ShouldBeProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        Assert.That(await ScalarAsync<long>("SELECT count(*) FROM security_events WHERE kind = 'refresh_token_reused'"), Is.EqualTo(1));
    }

    [Test]
    public async Task Somebody_who_lost_the_answer_may_ask_once_more_and_the_lost_token_is_dead()
    {
        using var ada = await PersonAsync();
        var lost = (await ada.TryRefreshAsync()).ShouldBe(HttpStatusCode.OK)["refreshToken"].GetString();
        await ExecuteAsync("UPDATE refresh_tokens SET used_at = used_at - interval '2 seconds' WHERE used_at IS NOT NULL");

        var again = (await ada.TryRefreshAsync()).ShouldBe(HttpStatusCode.OK);
        await ada.ContinueAsync(again);
        await ExecuteAsync("UPDATE refresh_tokens SET used_at = used_at - interval '2 seconds' WHERE used_at IS NOT NULL");

        (await ada.TryRefreshAsync(lost)).ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_refresh_token");
        (await ada.TryRefreshAsync()).ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_refresh_token");
    }

    [Test]
    public async Task Sessions_are_listed_and_one_or_all_others_ended_at_once()
    {
        using var phone = await PersonAsync();
        using var laptop = await Anonymous().LoginAsync("ada@example.com");
        using var tablet = await Anonymous().LoginAsync("ada@example.com");

        var list = (await phone.GetAsync("/api/v1/me/sessions")).ShouldBe(HttpStatusCode.OK);
        var sessions = list["items"].EnumerateArray().ToList();
        Assert.Multiple(() =>
        {
            Assert.That(sessions, Has.Count.EqualTo(3));
            Assert.That(sessions.Select(session => session.GetProperty("current").GetBoolean()), Is.EqualTo(new[] { false, false, true }));
            Assert.That(sessions[0].GetProperty("ipAddress").GetString(), Is.EqualTo("127.0.0.1"));
        });

        (await phone.DeleteAsync($"/api/v1/me/sessions/{sessions[0].GetProperty("id").GetString()}")).ShouldBe(HttpStatusCode.NoContent);
        (await tablet.GetAsync("/api/v1/me")).ShouldBeProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        (await laptop.GetAsync("/api/v1/me")).ShouldBe(HttpStatusCode.OK);

        (await phone.DeleteAsync("/api/v1/me/sessions")).ShouldBe(HttpStatusCode.NoContent);
        (await laptop.GetAsync("/api/v1/me")).ShouldBeProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        (await laptop.TryRefreshAsync()).ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_refresh_token");
        (await phone.GetAsync("/api/v1/me")).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task Somebody_elses_session_cannot_be_ended()
    {
        using var ada = await PersonAsync();
        using var eve = await PersonAsync("eve@example.com");
        var id = await ScalarAsync<Guid>("SELECT id FROM sessions WHERE user_id = $1", ada.UserId);

        (await eve.DeleteAsync($"/api/v1/me/sessions/{id}")).ShouldBeProblem(HttpStatusCode.NotFound, "not_found");
        (await eve.DeleteAsync($"/api/v1/users/{ada.UserId}/sessions")).ShouldBeProblem(HttpStatusCode.Forbidden, "forbidden");

        (await ada.GetAsync("/api/v1/me")).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task An_administrator_sees_and_ends_the_sessions_of_one_person()
    {
        using var ada = await PersonAsync();
        using var eve = await PersonAsync("eve@example.com");
        using var admin = await AdminAsync();

        var list = (await admin.GetAsync($"/api/v1/users/{ada.UserId}/sessions")).ShouldBe(HttpStatusCode.OK);
        Assert.That(list["items"].GetArrayLength(), Is.EqualTo(1));
        Assert.That(list["items.0.current"].GetBoolean(), Is.False);
        (await admin.DeleteAsync($"/api/v1/users/{ada.UserId}/sessions")).ShouldBe(HttpStatusCode.NoContent);

        (await ada.GetAsync("/api/v1/me")).ShouldBeProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        (await eve.GetAsync("/api/v1/me")).ShouldBe(HttpStatusCode.OK);
        (await admin.GetAsync($"/api/v1/users/{ada.UserId}/sessions")).ShouldBe(HttpStatusCode.OK);
        Assert.That(await ScalarAsync<long>("SELECT count(*) FROM security_events WHERE kind = 'sessions_ended' AND user_id = $1", ada.UserId), Is.EqualTo(1));
    }

    [Test]
    public async Task An_administrator_ends_the_sessions_of_everybody_and_keeps_their_own()
    {
        using var ada = await PersonAsync();
        using var eve = await PersonAsync("eve@example.com", "admin");
        using var admin = await AdminAsync();

        var ended = (await admin.DeleteAsync("/api/v1/sessions")).ShouldBe(HttpStatusCode.OK);

        Assert.That(ended["ended"].GetInt32(), Is.EqualTo(2));
        foreach (var gone in (Api[])[ada, eve])
        {
            (await gone.GetAsync("/api/v1/me")).ShouldBeProblem(HttpStatusCode.Unauthorized, "unauthenticated");
            (await gone.TryRefreshAsync()).ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_refresh_token");
        }

        (await admin.GetAsync("/api/v1/me")).ShouldBe(HttpStatusCode.OK);
        Assert.That(await ScalarAsync<string>("SELECT detail FROM security_events WHERE kind = 'sessions_ended' AND user_id IS NULL"), Is.EqualTo("all=2"));
    }

    [Test]
    public async Task Only_an_administrator_with_a_fresh_proof_ends_the_sessions_of_everybody()
    {
        using var op = await PersonAsync("op@example.com", "operator");
        using var admin = await AdminAsync();
        var key = (await admin.PostAsync("/api/v1/api-keys", new { name = "everything", scopes = new[] { "users.read", "users.manage" } }))
            .ShouldBe(HttpStatusCode.Created)["key"].GetString()!;
        using var program = Anonymous();
        program.Http.DefaultRequestHeaders.Add("X-Api-Key", key);

        (await op.DeleteAsync("/api/v1/sessions")).ShouldBeProblem(HttpStatusCode.Forbidden, "forbidden");
        (await program.DeleteAsync("/api/v1/sessions")).ShouldBeProblem(HttpStatusCode.Forbidden, "forbidden");
        await ExecuteAsync("UPDATE sessions SET proven_at = proven_at - interval '11 minutes' WHERE user_id = $1", admin.UserId);
        await Eventually.IsAsync(HttpStatusCode.Forbidden, async () => (await admin.PatchAsync($"/api/v1/users/{op.UserId}", new { name = "Op" })).Status);

        (await admin.DeleteAsync("/api/v1/sessions")).ShouldBeProblem(HttpStatusCode.Forbidden, "proof_required");
        (await op.GetAsync("/api/v1/me")).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task Logging_out_ends_the_session_and_its_access_token()
    {
        using var ada = await PersonAsync();

        (await ada.PostAsync("/api/v1/auth/logout", new { refreshToken = ada.RefreshToken })).ShouldBe(HttpStatusCode.NoContent);

        (await ada.GetAsync("/api/v1/me")).ShouldBeProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        (await ada.PostAsync("/api/v1/auth/logout", new { refreshToken = ada.RefreshToken })).ShouldBe(HttpStatusCode.NoContent);
    }

    [Test]
    public async Task A_password_change_ends_the_other_sessions_only()
    {
        using var phone = await PersonAsync();
        using var laptop = await Anonymous().LoginAsync("ada@example.com");

        (await phone.PostAsync("/api/v1/me/password", new { currentPassword = "not the password", newPassword = "a new horse battery" }))
            .ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_credentials");
        (await phone.PostAsync("/api/v1/me/password", new { currentPassword = Api.Password, newPassword = "a new horse battery" }))
            .ShouldBe(HttpStatusCode.NoContent);

        (await phone.GetAsync("/api/v1/me")).ShouldBe(HttpStatusCode.OK);
        (await laptop.GetAsync("/api/v1/me")).ShouldBeProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        (await laptop.TryLoginAsync("ada@example.com")).ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_credentials");
        (await laptop.TryLoginAsync("ada@example.com", "a new horse battery")).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task A_change_by_another_node_or_by_plain_SQL_counts_here_within_two_seconds()
    {
        await using var other = await TestServer.StartAsync(TestDatabase.ConnectionString);
        using var ada = await PersonAsync();
        using var sameAdaElsewhere = await other.Anonymous().ContinueAsync(ada.Token);
        using var admin = await AdminAsync();

        (await admin.DeleteAsync($"/api/v1/users/{ada.UserId}/sessions")).ShouldBe(HttpStatusCode.NoContent);
        await WithinTwoSecondsAsync(sameAdaElsewhere);

        using var eve = await PersonAsync("eve@example.com");
        await ExecuteAsync("UPDATE users SET is_active = false WHERE id = $1", eve.UserId);
        await WithinTwoSecondsAsync(eve);
    }

    [Test]
    public async Task A_session_ends_in_time_however_busy_it_is()
    {
        var time = new ShiftedTime();
        await using var server = await TestServer.StartAsync(TestDatabase.ConnectionString, time);
        using var _ = await PersonAsync();
        using var ada = await server.Anonymous().LoginAsync("ada@example.com");

        time.Advance(TimeSpan.FromMinutes(16));
        (await ada.GetAsync("/api/v1/me")).ShouldBeProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        for (var day = 0; day < 30; day += 6)
        {
            await ada.ContinueAsync((await ada.TryRefreshAsync()).ShouldBe(HttpStatusCode.OK));
            time.Advance(TimeSpan.FromDays(6));
        }

        (await ada.TryRefreshAsync()).ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_refresh_token");
    }

    [TestCase("operator")]
    [TestCase("admin")]
    public async Task A_session_of_somebody_who_reaches_other_peoples_data_ends_after_an_hour_of_rest_and_after_twelve(string role)
    {
        var time = new ShiftedTime();
        await using var server = await TestServer.StartAsync(TestDatabase.ConnectionString, time);
        using var _ = await PersonAsync("op@example.com", role);
        using var idle = await server.Anonymous().LoginAsync("op@example.com");
        using var busy = await server.Anonymous().LoginAsync("op@example.com");

        for (var minute = 0; minute < 12 * 60; minute += 50)
        {
            await busy.ContinueAsync((await busy.TryRefreshAsync()).ShouldBe(HttpStatusCode.OK));
            time.Advance(TimeSpan.FromMinutes(50));
            if (minute == 50)
            {
                (await idle.TryRefreshAsync()).ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_refresh_token");
            }
        }

        (await busy.TryRefreshAsync()).ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_refresh_token");
    }

    [Test]
    public async Task At_one_session_more_than_an_account_may_have_the_longest_unused_ends()
    {
        await using var server = await TestServer.StartAsync(TestDatabase.ConnectionString, ("FaceId:Accounts:MaxSessions", "3"));
        using var first = await PersonAsync();
        using var second = await server.Anonymous().LoginAsync("ada@example.com");
        using var third = await server.Anonymous().LoginAsync("ada@example.com");
        await ExecuteAsync("UPDATE sessions SET last_seen_at = now() - interval '1 hour' WHERE id = (SELECT id FROM sessions WHERE user_id = $1 ORDER BY created_at OFFSET 1 LIMIT 1)", first.UserId);

        using var fourth = await server.Anonymous().LoginAsync("ada@example.com");

        (await second.GetAsync("/api/v1/me")).ShouldBeProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        foreach (var other in (Api[])[first, third, fourth])
        {
            (await other.GetAsync("/api/v1/me")).ShouldBe(HttpStatusCode.OK);
        }

        Assert.That(await ScalarAsync<string>("SELECT detail FROM security_events WHERE kind = 'session_ended'"), Is.EqualTo("too many sessions"));
    }

    [Test]
    public async Task Signing_keys_take_turns_and_tokens_of_the_one_before_are_good_to_their_end()
    {
        var time = new ShiftedTime();
        await using var server = await TestServer.StartAsync(TestDatabase.ConnectionString, time);
        time.Advance(TimeSpan.FromDays(40));
        using var early = await server.Anonymous().LoginAsync(TestServer.AdminEmail);
        using var late = await server.Anonymous().LoginAsync(TestServer.AdminEmail);
        Assert.That(KeyOf(late), Is.EqualTo(KeyOf(early)), "The next key is known five minutes before it signs.");

        time.Advance(TimeSpan.FromMinutes(6));
        await late.LoginAsync(TestServer.AdminEmail);

        Assert.That(KeyOf(late), Is.Not.EqualTo(KeyOf(early)));
        (await early.GetAsync("/api/v1/me")).ShouldBe(HttpStatusCode.OK);
        (await late.GetAsync("/api/v1/me")).ShouldBe(HttpStatusCode.OK);
    }

    private static async Task WithinTwoSecondsAsync(Api api)
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();
        await Eventually.IsAsync(HttpStatusCode.Unauthorized, async () => (await api.GetAsync("/api/v1/me")).Status);
        TestContext.Out.WriteLine($"Refused after {watch.ElapsedMilliseconds} ms.");
    }

    private static string? KeyOf(Api api) =>
        new Microsoft.IdentityModel.JsonWebTokens.JsonWebTokenHandler().ReadJsonWebToken(api.Token).Kid;
}
