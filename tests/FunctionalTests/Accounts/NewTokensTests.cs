using System.Net;
using FaceId.FunctionalTests.Support;

namespace FaceId.FunctionalTests.Accounts;

/// <summary>Whoever proves anew who they are goes on with new tokens, and whoever holds the ones before is out (ASVS 5.0, 7.2.4).</summary>
public sealed class NewTokensTests : ServerTests
{
    private TestServer _strict = null!;

    [OneTimeSetUp]
    public async Task StartAsync() =>
        _strict = await TestServer.StartAsync(TestDatabase.ConnectionString, ("FaceId:Accounts:NewTokensAtProof", "true"));

    [OneTimeTearDown]
    public async Task StopAsync() => await _strict.DisposeAsync();

    [Test]
    public async Task Unless_the_setting_says_so_a_program_goes_on_with_the_tokens_it_has()
    {
        using var ada = await PersonAsync();

        var proven = (await ada.PostAsync("/api/v1/auth/step-up", new { method = "password", password = Api.Password })).ShouldBe(HttpStatusCode.OK);

        Assert.That(proven.Body, Does.Not.Contain("accessToken").And.Not.Contain("refreshToken"));
        (await ada.GetAsync("/api/v1/me")).ShouldBe(HttpStatusCode.OK);
        (await ada.TryRefreshAsync()).ShouldBe(HttpStatusCode.OK);
    }

    [TestCase("step-up")]
    [TestCase("second factor")]
    [TestCase("password")]
    public async Task The_tokens_from_before_a_proof_are_refused_here_at_once_and_elsewhere_within_two_seconds(string proof)
    {
        await using var other = await TestServer.StartAsync(TestDatabase.ConnectionString);
        using var ada = await SignedInAsync();
        using var holder = await _strict.Anonymous().ContinueAsync(ada.Token);
        using var holderElsewhere = await other.Anonymous().ContinueAsync(ada.Token);
        var refreshToken = ada.RefreshToken;

        await (proof switch
        {
            "step-up" => (Task)ada.PostAsync("/api/v1/auth/step-up", new { method = "password", password = Api.Password }),
            "second factor" => ada.SetUpMfaAsync(),
            _ => ada.PostAsync("/api/v1/me/password", new { currentPassword = Api.Password, newPassword = "a new horse battery" }),
        });

        (await holder.GetAsync("/api/v1/me")).ShouldBeProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        (await holder.TryRefreshAsync(refreshToken)).ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_refresh_token");
        await Eventually.IsAsync(HttpStatusCode.Unauthorized, async () => (await holderElsewhere.GetAsync("/api/v1/me")).Status);

        (await ada.GetAsync("/api/v1/me")).ShouldBe(HttpStatusCode.OK);
        await ada.ContinueAsync((await ada.TryRefreshAsync()).ShouldBe(HttpStatusCode.OK));
        using var elsewhere = await other.Anonymous().ContinueAsync(ada.Token);
        Assert.That(await ScalarAsync<long>("SELECT count(*) FROM sessions WHERE user_id = $1", ada.UserId), Is.EqualTo(1), "The same session.");
    }

    [Test]
    public async Task Of_a_proof_and_a_refresh_at_the_same_time_only_the_proofs_tokens_are_left()
    {
        using var ada = await SignedInAsync();
        using var second = await _strict.Anonymous().ContinueAsync(ada.Token);
        var refreshToken = ada.RefreshToken;

        var refreshing = second.TryRefreshAsync(refreshToken);
        (await ada.PostAsync("/api/v1/auth/step-up", new { method = "password", password = Api.Password })).ShouldBe(HttpStatusCode.OK);
        var refreshed = await refreshing;

        if (refreshed.Status == HttpStatusCode.OK)
        {
            second.Use(refreshed["accessToken"].GetString()!);
            (await second.GetAsync("/api/v1/me")).ShouldBeProblem(HttpStatusCode.Unauthorized, "unauthenticated");
            (await second.TryRefreshAsync(refreshed["refreshToken"].GetString())).ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_refresh_token");
        }

        (await ada.GetAsync("/api/v1/me")).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task A_browser_gets_a_new_cookie_and_the_one_before_is_refused()
    {
        using var ada = await PersonAsync();
        using var browser = Anonymous();
        var before = await SignInAsync(browser);
        (await SendAsync(browser, HttpMethod.Get, "/api/v1/me", before)).ShouldBe(HttpStatusCode.OK);

        var proven = await SendAsync(browser, HttpMethod.Post, "/api/v1/auth/step-up", before, new { method = "password", password = Api.Password });

        var after = Cookie(proven.ShouldBe(HttpStatusCode.OK));
        Assert.That(after, Is.Not.EqualTo(before));
        Assert.That(proven.Body, Does.Not.Contain("accessToken").And.Not.Contain(after));
        (await SendAsync(browser, HttpMethod.Get, "/api/v1/me", before)).ShouldBeProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        (await SendAsync(browser, HttpMethod.Get, "/api/v1/me", after)).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task A_browser_that_signs_in_anew_leaves_the_session_that_its_cookie_held()
    {
        using var ada = await PersonAsync();
        using var eve = await PersonAsync("eve@example.com");
        using var browser = Anonymous();
        var before = await SignInAsync(browser);

        var after = await SignInAsync(browser, before, "eve@example.com");

        (await SendAsync(browser, HttpMethod.Get, "/api/v1/me", before)).ShouldBeProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        Assert.That((await SendAsync(browser, HttpMethod.Get, "/api/v1/me", after)).ShouldBe(HttpStatusCode.OK)["email"].GetString(), Is.EqualTo("eve@example.com"));
        (await ada.GetAsync("/api/v1/me")).ShouldBe(HttpStatusCode.OK);
        Assert.That(await ScalarAsync<long>("SELECT count(*) FROM security_events WHERE kind = 'session_ended' AND user_id = $1", ada.UserId), Is.EqualTo(1));
    }

    [Test]
    public async Task A_failed_sign_in_leaves_the_cookies_session_alone()
    {
        using var ada = await PersonAsync();
        using var browser = Anonymous();
        var cookie = await SignInAsync(browser);

        await SendAsync(browser, HttpMethod.Post, "/api/v1/auth/login", cookie, new { email = "ada@example.com", password = "not the password", cookie = true });

        (await SendAsync(browser, HttpMethod.Get, "/api/v1/me", cookie)).ShouldBe(HttpStatusCode.OK);
    }

    private async Task<Api> SignedInAsync()
    {
        using var _ = await PersonAsync();
        await ExecuteAsync("DELETE FROM sessions USING users WHERE users.id = user_id AND email = 'ada@example.com'");
        return await _strict.Anonymous().LoginAsync("ada@example.com");
    }

    private static async Task<string> SignInAsync(Api browser, string? cookie = null, string email = "ada@example.com") =>
        Cookie((await SendAsync(browser, HttpMethod.Post, "/api/v1/auth/login", cookie, new { email, password = Api.Password, cookie = true }))
            .ShouldBe(HttpStatusCode.OK));

    private static string Cookie(Answer answer) =>
        answer.Message.Headers.GetValues("Set-Cookie").Single().Split(';')[0].Split('=', 2)[1];

    private static async Task<Answer> SendAsync(Api browser, HttpMethod method, string path, string? cookie, object? body = null)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Add("Sec-Fetch-Site", "same-origin");
        if (cookie is not null)
        {
            request.Headers.Add("Cookie", $"__Host-faceid={cookie}");
        }

        if (body is not null)
        {
            request.Content = System.Net.Http.Json.JsonContent.Create(body);
        }

        return await Answer.OfAsync(browser.Http.SendAsync(request));
    }
}
