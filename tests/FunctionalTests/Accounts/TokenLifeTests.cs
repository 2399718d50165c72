using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using FaceId.FunctionalTests.Support;
using FaceId.Infrastructure.Users;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace FaceId.FunctionalTests.Accounts;

/// <summary>What a token is good for, from when, until when, and that nothing else passes for one.</summary>
public sealed class TokenLifeTests : ServerTests
{
    [Test]
    public async Task Tokens_are_long_random_new_at_each_sign_in_and_stored_as_hashes_only()
    {
        using var ada = await PersonAsync();
        using var again = await Anonymous().LoginAsync("ada@example.com");

        Assert.Multiple(async () =>
        {
            Assert.That(ada.Token, Is.Not.EqualTo(again.Token));
            Assert.That(ada.RefreshToken, Is.Not.EqualTo(again.RefreshToken));
            Assert.That(Base64UrlEncoder.DecodeBytes(ada.RefreshToken), Has.Length.GreaterThanOrEqualTo(32));
            Assert.That(
                await ScalarAsync<long>("SELECT count(*) FROM refresh_tokens WHERE token_hash = $1", SHA256.HashData(Encoding.ASCII.GetBytes(ada.RefreshToken))),
                Is.EqualTo(1));
        });
    }

    [Test]
    public async Task A_token_that_is_ours_in_all_but_one_thing_is_refused()
    {
        using var ada = await PersonAsync();
        var key = await TestRun.Server.Services.GetRequiredService<SigningKeyRing>().CurrentAsync(CancellationToken.None);
        var longer = new SymmetricSecurityKey([.. key.Key, .. new byte[32]]) { KeyId = key.KeyId }; // The same to HMAC, and long enough for its library.
        var good = new JsonWebTokenHandler().ReadJsonWebToken(ada.Token);

        Assert.That((await SendAsync(Make())).Status, Is.EqualTo(HttpStatusCode.OK), "The test signs as we do.");
        Assert.Multiple(async () =>
        {
            await AssertRefusedAsync(Make(token => token.TokenType = "JWT"), "another type");
            await AssertRefusedAsync(Make(token => token.Issuer = "somebody"), "another issuer");
            await AssertRefusedAsync(Make(token => token.Issuer = null), "no issuer");
            await AssertRefusedAsync(Make(token => token.Audience = "somebody"), "another audience");
            await AssertRefusedAsync(Make(token => token.Audience = null), "no audience");
            await AssertRefusedAsync(Make(token => token.Expires = DateTime.UtcNow.AddSeconds(-1)), "over for a second");
            await AssertRefusedAsync(Make(token => token.NotBefore = DateTime.UtcNow.AddSeconds(30)), "not yet");
            await AssertRefusedAsync(Make(token => token.Expires = null), "without an end");
            await AssertRefusedAsync(Make(token => token.SigningCredentials = new SigningCredentials(longer, SecurityAlgorithms.HmacSha384)), "another algorithm");
            await AssertRefusedAsync(Make(token => token.Claims["sub"] = "-1"), "no account");
            await AssertRefusedAsync(Make(token => token.Claims["sub"] = (ada.UserId + 1).ToString(CultureInfo.InvariantCulture)), "another account");
            await AssertRefusedAsync(Make(token => token.Claims["sid"] = Guid.NewGuid().ToString("N")), "no session");
            await AssertRefusedAsync(Make(token => token.Claims.Remove("sid")), "without a session");
        });

        string Make(Action<SecurityTokenDescriptor>? change = null)
        {
            var token = new SecurityTokenDescriptor
            {
                Issuer = good.Issuer,
                Audience = good.Audiences.Single(),
                IssuedAt = good.IssuedAt,
                NotBefore = good.ValidFrom,
                Expires = good.ValidTo,
                TokenType = good.Typ,
                Claims = good.Claims.Where(claim => claim.Type is not ("iss" or "aud" or "iat" or "nbf" or "exp")).ToDictionary(
                    claim => claim.Type,
                    object (claim) => claim.ValueType == System.Security.Claims.ClaimValueTypes.String ? claim.Value : int.Parse(claim.Value, CultureInfo.InvariantCulture)),
                SigningCredentials = new SigningCredentials(key, SecurityAlgorithms.HmacSha256),
            };
            change?.Invoke(token);
            return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(token);
        }

        async Task AssertRefusedAsync(string token, string what) =>
            Assert.That((await SendAsync(token)).Status, Is.EqualTo(HttpStatusCode.Unauthorized), what);
    }

    [Test]
    public async Task One_kind_of_secret_does_not_pass_for_another()
    {
        using var admin = await AdminAsync();
        using var ada = await PersonAsync();
        var app = await ada.SetUpMfaAsync();
        var login = await ada.TryLoginAsync("ada@example.com");
        await Anonymous().PostAsync("/api/v1/auth/forgot-password", new { email = "ada@example.com" });
        var mailed = await Mailbox.TokenAsync("ada@example.com");
        var key = (await admin.PostAsync("/api/v1/api-keys", new { name = "Gate", scopes = new[] { "users.read" } })).ShouldBe(HttpStatusCode.Created)["key"].GetString()!;

        Assert.Multiple(async () =>
        {
            foreach (var bearer in (string[])[login["mfaToken"].GetString()!, ada.RefreshToken, mailed, key, app.RecoveryCodes[0]])
            {
                Assert.That((await SendAsync(bearer)).Status, Is.EqualTo(HttpStatusCode.Unauthorized), bearer[..6]);
            }

            foreach (var refresh in (string[])[login["mfaToken"].GetString()!, mailed, key])
            {
                (await ada.TryRefreshAsync(refresh)).ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_refresh_token");
            }

            (await ada.TryRefreshAsync(admin.Token)).ShouldBeProblem(HttpStatusCode.BadRequest, "validation");
            using var program = Anonymous();
            program.Http.DefaultRequestHeaders.Add("X-Api-Key", admin.Token);
            (await program.GetAsync("/api/v1/users")).ShouldBeProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        });
    }

    [Test]
    public async Task A_week_of_rest_ends_a_session()
    {
        var time = new ShiftedTime();
        await using var server = await TestServer.StartAsync(TestDatabase.ConnectionString, time);
        using var shared = await PersonAsync();
        using var rested = await server.Anonymous().LoginAsync("ada@example.com");
        using var forgotten = await server.Anonymous().LoginAsync("ada@example.com");

        time.Advance(TimeSpan.FromDays(7) - TimeSpan.FromSeconds(5));
        (await rested.TryRefreshAsync()).ShouldBe(HttpStatusCode.OK);
        time.Advance(TimeSpan.FromSeconds(10));

        (await forgotten.TryRefreshAsync()).ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_refresh_token");
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Whoever_is_deactivated_or_erased_keeps_no_way_in(bool erased)
    {
        using var admin = await AdminAsync();
        using var boss = await PersonAsync("boss@example.com", "admin");
        var cookie = (await boss.PostAsync("/api/v1/auth/login", new { email = "boss@example.com", password = Api.Password, cookie = true }))
            .ShouldBe(HttpStatusCode.OK).Message.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
        var key = (await boss.PostAsync("/api/v1/api-keys", new { name = "Gate", scopes = new[] { "users.read" } })).ShouldBe(HttpStatusCode.Created)["key"].GetString();
        using var browser = Anonymous();
        browser.Http.DefaultRequestHeaders.Add("Cookie", cookie);
        browser.Http.DefaultRequestHeaders.Add("Sec-Fetch-Site", "same-origin");
        using var program = Anonymous();
        program.Http.DefaultRequestHeaders.Add("X-Api-Key", key);
        (await browser.GetAsync("/api/v1/me")).ShouldBe(HttpStatusCode.OK);
        (await program.GetAsync("/api/v1/users")).ShouldBe(HttpStatusCode.OK);

        var path = $"/api/v1/users/{boss.UserId}";
        (erased ? await admin.DeleteAsync(path) : await admin.PatchAsync(path, new { isActive = false })).ShouldBe(HttpStatusCode.OK);

        Assert.Multiple(async () =>
        {
            (await boss.GetAsync("/api/v1/me")).ShouldBeProblem(HttpStatusCode.Unauthorized, "unauthenticated");
            (await browser.GetAsync("/api/v1/me")).ShouldBeProblem(HttpStatusCode.Unauthorized, "unauthenticated");
            (await program.GetAsync("/api/v1/users")).ShouldBeProblem(HttpStatusCode.Unauthorized, "unauthenticated");
            (await boss.TryRefreshAsync()).ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_refresh_token");
            (await boss.TryLoginAsync("boss@example.com")).ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_credentials");
        });
    }

    [Test]
    public async Task With_a_second_factor_no_way_in_goes_round_it()
    {
        using var ada = await PersonAsync();
        var app = await ada.SetUpMfaAsync();
        using var stranger = Anonymous();

        var browser = (await stranger.PostAsync("/api/v1/auth/login", new { email = "ada@example.com", password = Api.Password, cookie = true }))
            .ShouldBe(HttpStatusCode.OK);
        Assert.That(browser.Message.Headers.Contains("Set-Cookie"), Is.False);
        Assert.That(browser.Body, Does.Contain("mfaToken").And.Not.Contain("accessToken"));
        (await stranger.PostAsync("/api/v1/auth/forgot-password", new { email = "ada@example.com" })).ShouldBe(HttpStatusCode.Accepted);
        var reset = await stranger.PostAsync(
            "/api/v1/auth/reset-password", new { token = await Mailbox.TokenAsync("ada@example.com"), password = "a new horse battery" });
        Assert.That(reset.ShouldBe(HttpStatusCode.NoContent).Message.Headers.Contains("Set-Cookie"), Is.False);

        var login = (await stranger.TryLoginAsync("ada@example.com", "a new horse battery")).ShouldBe(HttpStatusCode.OK);
        Assert.That(login.Body, Does.Not.Contain("accessToken"));
        (await stranger.TryRefreshAsync(login["mfaToken"].GetString())).ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_refresh_token");
        (await stranger.CompleteSignInAsync(login, "password", "a new horse battery")).ShouldBe(HttpStatusCode.BadRequest);
        (await stranger.CompleteSignInAsync(login, "totp", app.NextCode())).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task A_code_used_to_sign_in_is_used_up_for_every_other_purpose_and_so_are_older_ones()
    {
        using var ada = await PersonAsync();
        var app = await ada.SetUpMfaAsync();
        var older = app.CodeAt(0);
        var newer = app.CodeAt(1);
        using var session = await Anonymous().ContinueAsync(
            (await ada.CompleteSignInAsync(await ada.TryLoginAsync("ada@example.com"), "totp", newer)).ShouldBe(HttpStatusCode.OK));

        foreach (var code in (string[])[newer, older])
        {
            (await session.PostAsync("/api/v1/auth/step-up", new { method = "totp", code })).ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_code");
        }
    }

    [Test]
    public async Task Failures_are_remembered_by_every_server_and_through_a_restart()
    {
        using var ada = await PersonAsync();
        for (var i = 0; i < 5; i++)
        {
            (await Anonymous().TryLoginAsync("ada@example.com", "not the password at all")).ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_credentials");
        }

        await using var other = await TestServer.StartAsync(TestDatabase.ConnectionString);

        (await other.Anonymous().TryLoginAsync("ada@example.com")).ShouldBeProblem(HttpStatusCode.TooManyRequests, "too_many_attempts");
    }

    [Test]
    public async Task The_documented_API_knows_no_hints_and_no_secret_questions()
    {
        var document = (await Anonymous().GetAsync("/openapi/v1.json")).ShouldBe(HttpStatusCode.OK).Body;

        Assert.That(document, Does.Not.Contain("passwordHint").IgnoreCase.And.Not.Contain("secretQuestion").IgnoreCase.And.Not.Contain("\"securityAnswer").IgnoreCase);
    }

    private static async Task<Answer> SendAsync(string token)
    {
        using var caller = Anonymous();
        caller.Http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", $"Bearer {token}");
        return await caller.GetAsync("/api/v1/me");
    }
}
