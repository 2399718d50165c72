using System.Net;
using System.Text.RegularExpressions;
using FaceId.FunctionalTests.Support;

namespace FaceId.FunctionalTests.Contract;

public sealed partial class HeaderTests : ServerTests
{
    private const string OfData = "default-src 'none'; frame-ancestors 'none'";

    [Test]
    public async Task Every_answer_tells_browsers_to_guess_keep_and_run_nothing()
    {
        using var admin = await AdminAsync();
        using var anybody = Anonymous();

        Answer[] answers =
        [
            (await admin.GetAsync("/api/v1/me")).ShouldBe(HttpStatusCode.OK),
            (await anybody.GetAsync("/api/v1/me")).ShouldBe(HttpStatusCode.Unauthorized),
            (await anybody.GetAsync("/API/v1/me")).ShouldBe(HttpStatusCode.Unauthorized),
            (await anybody.GetAsync("/api/v1/nothing")).ShouldBe(HttpStatusCode.NotFound),
            (await anybody.DeleteAsync("/api/v1/auth/login")).ShouldBe(HttpStatusCode.MethodNotAllowed),
            (await anybody.PostBytesAsync("/api/v1/auth/login", "{"u8.ToArray(), "application/json")).ShouldBe(HttpStatusCode.BadRequest),
            (await anybody.PostBytesAsync("/api/v1/auth/login", new byte[300_000], "application/json")).ShouldBe(HttpStatusCode.RequestEntityTooLarge),
            (await anybody.GetAsync("/health/live")).ShouldBe(HttpStatusCode.OK),
            (await anybody.GetAsync("/openapi/v1.json")).ShouldBe(HttpStatusCode.OK),
            (await anybody.GetAsync("/scalar/")).ShouldBe(HttpStatusCode.OK),
        ];

        Assert.Multiple(() =>
        {
            foreach (var answer in answers)
            {
                var address = answer.Message.RequestMessage!.RequestUri!.AbsolutePath;
                Assert.That(Header(answer, "X-Content-Type-Options"), Is.EqualTo("nosniff"), address);
                Assert.That(Header(answer, "X-Frame-Options"), Is.EqualTo("DENY"), address);
                Assert.That(Header(answer, "Referrer-Policy"), Is.EqualTo("no-referrer"), address);
                Assert.That(Header(answer, "Cross-Origin-Opener-Policy"), Is.EqualTo("same-origin"), address);
                Assert.That(Header(answer, "Cross-Origin-Resource-Policy"), Is.EqualTo("same-origin"), address);
                Assert.That(Header(answer, "Permissions-Policy"), Does.Contain("camera=(self)").And.Contain("microphone=()"), address);
                Assert.That(Header(answer, "Content-Security-Policy"), Does.StartWith("default-src 'none'").And.Contain("frame-ancestors 'none'"), address);
                Assert.That(Header(answer, "Strict-Transport-Security"), Is.Null, "Over plain HTTP it would be a lie.");
                Assert.That(Header(answer, "Server"), Is.Null, address);
                Assert.That(answer.Message.Headers.CacheControl?.NoStore == true, Is.EqualTo(address.StartsWith("/api", StringComparison.OrdinalIgnoreCase) || address == "/scalar/"), address);
            }
        });
    }

    [Test]
    public async Task An_answer_of_the_API_that_a_browser_shows_as_a_page_may_do_nothing()
    {
        using var anybody = Anonymous();

        Assert.Multiple(async () =>
        {
            Assert.That(Header(await anybody.GetAsync("/api/v1/me"), "Content-Security-Policy"), Is.EqualTo(OfData));
            Assert.That(Header(await anybody.GetAsync("/openapi/v1.json"), "Content-Security-Policy"), Is.EqualTo(OfData));
        });
    }

    [Test]
    public async Task The_reference_page_runs_its_own_scripts_only_and_asks_nobody_else()
    {
        using var anybody = Anonymous();

        var page = await anybody.GetAsync("/scalar/");
        var again = await anybody.GetAsync("/scalar/");

        var nonce = Nonce().Match(Header(page, "Content-Security-Policy")!).Groups["nonce"].Value;
        Assert.Multiple(() =>
        {
            Assert.That(nonce, Has.Length.GreaterThan(20));
            Assert.That(Header(again, "Content-Security-Policy"), Does.Not.Contain(nonce), "A nonce is used once.");
            Assert.That(Script().Matches(page.Body).Select(script => script.Value), Has.All.Contains($"nonce=\"{nonce}\"").And.Not.Empty);
            Assert.That(Header(page, "Content-Security-Policy"), Does.Not.Contain("http").And.Not.Contain("*").And.Not.Contain("unsafe-eval"));
            Assert.That(Directive(page, "script-src"), Is.EqualTo($"script-src 'nonce-{nonce}'"));
            Assert.That(Directive(page, "connect-src"), Is.EqualTo("connect-src 'self'"));
            Assert.That(page.Body, Does.Not.Contain("://"));
        });
    }

    private static string? Header(Answer answer, string name) =>
        answer.Message.Headers.TryGetValues(name, out var values) ? string.Join(", ", values) : null;

    private static string? Directive(Answer answer, string name) => Header(answer, "Content-Security-Policy")!.Split("; ")
        .SingleOrDefault(directive => directive.StartsWith(name, StringComparison.Ordinal));

    [GeneratedRegex("'nonce-(?<nonce>[^']+)'")]
    private static partial Regex Nonce();

    [GeneratedRegex("<script[^>]*>")]
    private static partial Regex Script();
}
