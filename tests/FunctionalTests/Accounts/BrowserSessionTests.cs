using System.Net;
using FaceId.FunctionalTests.Support;

namespace FaceId.FunctionalTests.Accounts;

public sealed class BrowserSessionTests : ServerTests
{
    [Test]
    public async Task A_browser_gets_a_cookie_that_scripts_and_other_sites_cannot_use_and_no_tokens()
    {
        using var ada = await PersonAsync();

        var login = await LoginAsync();

        var cookie = login.Message.Headers.GetValues("Set-Cookie").Single();
        Assert.Multiple(() =>
        {
            Assert.That(cookie, Does.StartWith("__Host-faceid=").And.Contain("httponly").IgnoreCase.And.Contain("secure").IgnoreCase
                .And.Contain("samesite=strict").IgnoreCase.And.Contain("path=/").IgnoreCase.And.Not.Contain("domain").IgnoreCase);
            Assert.That(login.Body, Does.Not.Contain("accessToken").And.Not.Contain("refreshToken"));
            Assert.That(login.Body, Does.Not.Contain(Value(login)));
        });
        Assert.That((await SendAsync(HttpMethod.Get, "/api/v1/me", login)).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [TestCase("same-origin", null, HttpStatusCode.OK)]
    [TestCase("cross-site", null, HttpStatusCode.Unauthorized)]
    [TestCase("same-site", null, HttpStatusCode.Unauthorized)]
    [TestCase("none", null, HttpStatusCode.Unauthorized)]
    [TestCase(null, "https://evil.example", HttpStatusCode.Unauthorized)]
    [TestCase(null, "null", HttpStatusCode.Unauthorized)]
    [TestCase(null, null, HttpStatusCode.Unauthorized)]
    public async Task A_change_is_taken_from_our_own_pages_only(string? site, string? origin, HttpStatusCode expected)
    {
        using var ada = await PersonAsync();
        var login = await LoginAsync();

        var answer = await SendAsync(HttpMethod.Patch, "/api/v1/me", login, request =>
        {
            request.Content = new StringContent("""{"name": "Ada King"}""", System.Text.Encoding.UTF8, "application/json");
            request.Headers.TryAddWithoutValidation("Sec-Fetch-Site", site ?? "");
            if (site is null)
            {
                request.Headers.Remove("Sec-Fetch-Site");
            }

            if (origin is not null)
            {
                request.Headers.TryAddWithoutValidation("Origin", origin);
            }
        });

        Assert.That(answer.Status, Is.EqualTo(expected), answer.Body);
    }

    [Test]
    public async Task A_browsers_session_ends_by_logging_out_and_by_an_hour_of_rest()
    {
        var time = new ShiftedTime();
        await using var server = await TestServer.StartAsync(TestDatabase.ConnectionString, time);
        using var ada = await PersonAsync();
        var login = await LoginAsync(server);
        Assert.That((await SendAsync(HttpMethod.Get, "/api/v1/me", login, server: server)).Status, Is.EqualTo(HttpStatusCode.OK));

        time.Advance(TimeSpan.FromMinutes(50));
        Assert.That((await SendAsync(HttpMethod.Get, "/api/v1/me", login, server: server)).Status, Is.EqualTo(HttpStatusCode.OK), "In use.");
        time.Advance(TimeSpan.FromMinutes(50));
        Assert.That((await SendAsync(HttpMethod.Get, "/api/v1/me", login, server: server)).Status, Is.EqualTo(HttpStatusCode.OK), "In use.");
        time.Advance(TimeSpan.FromMinutes(61));
        Assert.That((await SendAsync(HttpMethod.Get, "/api/v1/me", login, server: server)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));

        var second = await LoginAsync(server);
        var logout = await SendAsync(HttpMethod.Post, "/api/v1/auth/logout", second, request => request.Headers.Add("Sec-Fetch-Site", "same-origin"), server);
        logout.ShouldBe(HttpStatusCode.NoContent);
        Assert.That(logout.Message.Headers.GetValues("Set-Cookie").Single(), Does.Contain("expires=Thu, 01 Jan 1970"));
        Assert.That((await SendAsync(HttpMethod.Get, "/api/v1/me", second, server: server)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    private static async Task<Answer> LoginAsync(TestServer? server = null)
    {
        using var browser = (server ?? TestRun.Server).Anonymous();
        return (await browser.PostAsync("/api/v1/auth/login", new { email = "ada@example.com", password = Api.Password, cookie = true }))
            .ShouldBe(HttpStatusCode.OK);
    }

    private static string Value(Answer login) =>
        login.Message.Headers.GetValues("Set-Cookie").Single().Split(';')[0].Split('=', 2)[1];

    private static async Task<Answer> SendAsync(
        HttpMethod method, string path, Answer login, Action<HttpRequestMessage>? change = null, TestServer? server = null)
    {
        using var browser = (server ?? TestRun.Server).Anonymous();
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Add("Cookie", $"__Host-faceid={Value(login)}");
        change?.Invoke(request);
        return await Answer.OfAsync(browser.Http.SendAsync(request));
    }
}
