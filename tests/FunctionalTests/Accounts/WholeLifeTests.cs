using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using FaceId.FunctionalTests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FaceId.FunctionalTests.Accounts;

/// <summary>One person's account from its beginning to its end, by the API alone, and what the log keeps of it.</summary>
public sealed class WholeLifeTests : ServerTests
{
    private const string Email = "grace@example.com";
    private const string Second = "another ship at sea";

    private readonly CollectedLog _log = new();
    private readonly List<string> _secrets = [Api.Password, Second];
    private TestServer _server = null!;
    private Browser _browser = null!;
    private Uri _origin = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        (_server, _origin) = await TestServer.StartForBrowsersAsync(builder =>
        {
            builder.Logging.SetMinimumLevel(LogLevel.Trace);
            builder.Services.AddSingleton<ILoggerProvider>(_log);
        });
        _browser = await Browser.StartAsync();
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        await _server.DisposeAsync();
        _log.Dispose();
    }

    [Test]
    public async Task A_person_lives_here_by_the_API_alone_and_no_secret_of_theirs_is_in_the_log()
    {
        using var grace = _server.Anonymous();
        await RegisterAsync(grace);
        var app = await SetUpAppAsync(grace);
        var page = await AddPasskeyAsync(grace);
        await SignInByPasskeyAsync(page);
        await LoseThePhoneAsync(grace, app);
        await ForgetThePasswordAsync(grace);
        await SeeAndEndSessionsAsync(grace);
        await ExportAndEraseAsync(grace);

        var lines = string.Join('\n', _log.Lines);
        Assert.Multiple(() =>
        {
            Assert.That(_secrets, Has.Count.GreaterThan(20));
            Assert.That(lines, Is.Not.Empty);
            Assert.That(_secrets.Where(lines.Contains).Select(secret => secret[..4]), Is.Empty);
            Assert.That(lines, Does.Not.Contain(Email));
        });
    }

    private async Task RegisterAsync(Api grace)
    {
        (await grace.RegisterAsync(Email, name: "Grace Hopper")).ShouldBe(HttpStatusCode.Accepted);
        var token = await Mailbox.TokenAsync(Email);
        (await grace.PostAsync("/api/v1/auth/verify-email", new { token })).ShouldBe(HttpStatusCode.NoContent);
        await grace.LoginAsync(Email);
        _secrets.AddRange([token, grace.Token, grace.RefreshToken]);
        Assert.That((await grace.GetAsync("/api/v1/me")).ShouldBe(HttpStatusCode.OK)["isVerified"].GetBoolean());
    }

    private async Task<AuthenticatorApp> SetUpAppAsync(Api grace)
    {
        var app = await grace.SetUpMfaAsync();
        _secrets.AddRange(app.RecoveryCodes);
        _secrets.Add(app.Secret);
        var login = (await grace.TryLoginAsync(Email)).ShouldBe(HttpStatusCode.OK);
        Assert.That(login["methods"].EnumerateArray().Select(method => method.GetString()), Is.EqualTo(new[] { "totp", "recovery" }));
        await grace.ContinueAsync((await grace.CompleteSignInAsync(login, "totp", app.NextCode())).ShouldBe(HttpStatusCode.OK));
        _secrets.AddRange([login["mfaToken"].GetString()!, grace.Token, grace.RefreshToken]);
        return app;
    }

    private async Task<BrowserPage> AddPasskeyAsync(Api grace)
    {
        var page = await _browser.OpenAsync(new Uri(_origin, "/health/live"));
        var registration = (await grace.PostAsync("/api/v1/me/passkeys/options", new { })).ShouldBe(HttpStatusCode.OK);
        var credential = await page.CreatePasskeyAsync(registration["options"]);
        (await grace.PostAsync("/api/v1/me/passkeys", new { token = registration["token"], name = "Laptop", credential })).ShouldBe(HttpStatusCode.Created);
        return page;
    }

    private async Task SignInByPasskeyAsync(BrowserPage page)
    {
        using var anybody = _server.Anonymous();
        var challenge = (await anybody.PostAsync("/api/v1/auth/passkeys/options", new { })).ShouldBe(HttpStatusCode.OK);
        await anybody.ContinueAsync((await anybody.PostAsync(
            "/api/v1/auth/passkeys", new { token = challenge["token"], credential = await page.UsePasskeyAsync(challenge["options"]) })).ShouldBe(HttpStatusCode.OK));
        _secrets.AddRange([challenge["token"].GetString()!, anybody.Token, anybody.RefreshToken]);
    }

    /// <summary>App and passkey are gone; a code on paper lets her in, and she sets up another app.</summary>
    private async Task LoseThePhoneAsync(Api grace, AuthenticatorApp lost)
    {
        var login = (await grace.TryLoginAsync(Email)).ShouldBe(HttpStatusCode.OK);
        await grace.ContinueAsync((await grace.CompleteSignInAsync(login, "recovery", lost.RecoveryCodes[0])).ShouldBe(HttpStatusCode.OK));
        (await grace.PostAsync("/api/v1/me/mfa/disable", new { })).ShouldBe(HttpStatusCode.NoContent);
        Assert.That((await grace.GetAsync("/api/v1/me/passkeys"))["items"].GetArrayLength(), Is.Zero);
        var app = await grace.SetUpMfaAsync();
        _secrets.AddRange(app.RecoveryCodes);
        login = (await grace.TryLoginAsync(Email)).ShouldBe(HttpStatusCode.OK);
        (await grace.CompleteSignInAsync(login, "totp", lost.CodeAt(1))).ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_code");
        await grace.ContinueAsync((await grace.CompleteSignInAsync(login, "totp", app.NextCode())).ShouldBe(HttpStatusCode.OK));
        (await grace.PostAsync("/api/v1/me/mfa/disable", new { })).ShouldBe(HttpStatusCode.NoContent);
    }

    private async Task ForgetThePasswordAsync(Api grace)
    {
        (await grace.PostAsync("/api/v1/auth/forgot-password", new { email = Email })).ShouldBe(HttpStatusCode.Accepted);
        var link = await Mailbox.LinkAsync(Email, "reset-password");
        var token = link.Query.Split('=')[1];
        (await grace.GetAsync(link.PathAndQuery)).ShouldBe(HttpStatusCode.OK);
        (await grace.PostAsync("/api/v1/auth/reset-password", new { token, password = Second })).ShouldBe(HttpStatusCode.NoContent);
        _secrets.Add(token);
        (await grace.GetAsync("/api/v1/me")).ShouldBeProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        await grace.LoginAsync(Email, Second);
    }

    private async Task SeeAndEndSessionsAsync(Api grace)
    {
        using var cafe = await _server.Anonymous().LoginAsync(Email, Second);
        var sessions = (await grace.GetAsync("/api/v1/me/sessions")).ShouldBe(HttpStatusCode.OK)["items"].EnumerateArray().ToList();
        var other = sessions.Single(session => !session.GetProperty("current").GetBoolean());
        (await grace.DeleteAsync($"/api/v1/me/sessions/{other.GetProperty("id").GetString()}")).ShouldBe(HttpStatusCode.NoContent);
        (await cafe.GetAsync("/api/v1/me")).ShouldBeProblem(HttpStatusCode.Unauthorized, "unauthenticated");
    }

    private static async Task ExportAndEraseAsync(Api grace)
    {
        (await grace.PostAsync("/api/v1/me/consent", new { accepted = true })).ShouldBe(HttpStatusCode.OK);
        (await grace.PostPhotosAsync("/api/v1/me/faces", ("image", Photos.JohnSalley))).ShouldBe(HttpStatusCode.Created);
        var export = (await grace.GetAsync("/api/v1/me/export")).ShouldBe(HttpStatusCode.OK);
        Assert.That(export["faces"].GetArrayLength(), Is.EqualTo(1));
        var receipt = (await grace.DeleteAsync("/api/v1/me")).ShouldBe(HttpStatusCode.OK);
        (await grace.PostAsync("/api/v1/erasures/check", JsonNode.Parse(receipt.Body)!)).ShouldBe(HttpStatusCode.OK);
        (await grace.TryLoginAsync(Email, Second)).ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_credentials");
        Assert.That(
            await ScalarAsync<long>("SELECT count(*) FROM users WHERE id = $1", int.Parse(receipt["userId"].GetRawText(), CultureInfo.InvariantCulture)), Is.Zero);
    }
}
