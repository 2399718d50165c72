using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using FaceId.FunctionalTests.Support;

namespace FaceId.FunctionalTests.Accounts;

/// <summary>What somebody meets who opens the link of a mail in a real browser.</summary>
public sealed partial class MailedLinkPageTests : ServerTests
{
    private const string NewPassword = "a new horse battery";
    private const double ReadableContrast = 4.5;

    private TestServer _server = null!;
    private Browser _browser = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        (_server, _) = await TestServer.StartForBrowsersAsync();
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
    }

    [Test]
    public async Task The_link_of_the_mail_verifies_the_address_on_a_click_and_not_before()
    {
        using var ada = _server.Anonymous();
        await ada.RegisterAsync("ada@example.com");

        var page = await _browser.OpenAsync(await Mailbox.LinkAsync("ada@example.com", "verify-email"));
        await SeesAsync(page, "Press the button");
        Assert.That(await IsVerifiedAsync(), Is.False, "Opening is not confirming: mail scanners open links too.");
        await ClickAsync(page, "Confirm this address");

        await SeesAsync(page, "The address is confirmed");
        Assert.That(await IsVerifiedAsync());
        Assert.That((string)(await page.EvaluateAsync("location.href"))!, Does.EndWith("/verify-email"), "Nothing of the token stays in the history.");
        Assert.That((string)(await page.EvaluateAsync("document.activeElement.textContent"))!, Is.EqualTo("The address is confirmed"));

        static Task<bool> IsVerifiedAsync() => ScalarAsync<bool>("SELECT is_verified FROM users WHERE email = 'ada@example.com'");
    }

    [Test]
    public async Task The_link_of_the_mail_sets_a_new_password_once_it_is_good_enough()
    {
        using var _ = await PersonAsync();
        using var ada = _server.Anonymous();
        await ada.PostAsync("/api/v1/auth/forgot-password", new { email = "ada@example.com" });

        var page = await _browser.OpenAsync(await Mailbox.LinkAsync("ada@example.com", "reset-password"));
        await TypeAsync(page, "password", "short");
        await ClickAsync(page, "Set this password");
        await SeesAsync(page, "12 characters");
        Assert.That((bool)(await page.EvaluateAsync("document.activeElement.id === 'password' && document.activeElement.ariaInvalid === 'true'"))!);

        await TypeAsync(page, "password", NewPassword);
        await ClickAsync(page, "Set this password");

        await SeesAsync(page, "Your password is set");
        (await ada.TryLoginAsync("ada@example.com")).ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_credentials");
        (await ada.TryLoginAsync("ada@example.com", NewPassword)).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task A_link_that_is_over_offers_another_mail()
    {
        using var ada = _server.Anonymous();
        await ada.RegisterAsync("ada@example.com");
        var link = await Mailbox.LinkAsync("ada@example.com", "verify-email");
        await ExecuteAsync("UPDATE one_time_tokens SET expires_at = now()");

        var page = await _browser.OpenAsync(link);
        await ClickAsync(page, "Confirm this address");
        await SeesAsync(page, "Ask for another mail");
        Mailbox.Empty();
        await TypeAsync(page, "email", "ada@example.com");
        await ClickAsync(page, "Send the mail");
        await SeesAsync(page, "Look into your mailbox");

        page = await _browser.OpenAsync(await Mailbox.LinkAsync("ada@example.com", "verify-email"));
        await ClickAsync(page, "Confirm this address");
        await SeesAsync(page, "The address is confirmed");
    }

    [Test]
    public async Task Without_a_link_the_code_of_the_mail_is_asked_for()
    {
        using var ada = _server.Anonymous();
        await ada.RegisterAsync("ada@example.com");
        var token = await Mailbox.TokenAsync("ada@example.com");

        var page = await _browser.OpenAsync(new Uri(Public, "/verify-email"));
        await TypeAsync(page, "token", token);
        await ClickAsync(page, "Confirm this address");

        await SeesAsync(page, "The address is confirmed");
    }

    [TestCase("verify-email")]
    [TestCase("reset-password")]
    public async Task Pages_run_nothing_but_their_own_script_ask_nobody_else_and_can_be_framed_by_nobody(string name)
    {
        using var anybody = _server.Anonymous();
        var answer = (await anybody.GetAsync($"/{name}")).ShouldBe(HttpStatusCode.OK);
        var policy = answer.Message.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Multiple(() =>
        {
            Assert.That(policy, Does.Contain("default-src 'none'").And.Contain("frame-ancestors 'none'").And.Not.Contain("unsafe"));
            Assert.That(answer.Message.Headers.GetValues("Referrer-Policy").Single(), Is.EqualTo("no-referrer"));
            Assert.That(answer.Body, Does.Not.Contain("://").And.Not.Contain("onclick").And.Not.Contain("style="));
        });

        var page = await _browser.OpenAsync(new Uri(Public, $"/{name}"));
        await page.EvaluateAsync("""
            (() => {
                const script = document.createElement('script');
                script.textContent = 'window.injected = true';
                document.body.append(script);
                document.querySelector('h1').setAttribute('style', 'font-size: 99px');
            })()
            """);
        Assert.Multiple(async () =>
        {
            Assert.That((bool)(await page.EvaluateAsync("window.injected === undefined"))!);
            Assert.That((string)(await page.EvaluateAsync("getComputedStyle(document.querySelector('h1')).fontSize"))!, Is.Not.EqualTo("99px"));
            Assert.That(
                (bool)(await page.EvaluateAsync("performance.getEntriesByType('resource').every(entry => new URL(entry.name).origin === location.origin)"))!);
        });
    }

    [TestCase("verify-email", "light")]
    [TestCase("verify-email", "dark")]
    [TestCase("reset-password", "light")]
    [TestCase("reset-password", "dark")]
    public async Task Pages_are_readable_by_everybody_in_light_and_dark(string name, string scheme)
    {
        var page = await _browser.OpenAsync(new Uri(Public, $"/{name}"));
        await page.PreferAsync(scheme);
        await page.EvaluateAsync("document.querySelectorAll('[hidden]').forEach(part => part.hidden = false)");

        Assert.That(await ContrastAsync(page, "body", "body"), Is.GreaterThan(ReadableContrast));
        Assert.That(await ContrastAsync(page, "button", "button"), Is.GreaterThan(ReadableContrast));
        Assert.That(await ContrastAsync(page, ".refusal", "body"), Is.GreaterThan(ReadableContrast));
        Assert.That(await LuminanceAsync(page, "body", "backgroundColor"), scheme == "dark" ? Is.LessThan(0.1) : Is.GreaterThan(0.9));
        Assert.That((bool)(await page.EvaluateAsync("""
            document.documentElement.lang === 'en' && document.title !== '' && document.querySelectorAll('main h1').length === 1
                && [...document.querySelectorAll('input')].every(field => field.labels.length === 1)
                && [...document.querySelectorAll('[aria-describedby]')].every(field =>
                    field.getAttribute('aria-describedby').split(' ').every(id => document.getElementById(id)))
            """))!);
    }

    private Uri Public => new($"http://localhost:{_server.Address.Port}");

    private static Task SeesAsync(BrowserPage page, string text) => Eventually.IsAsync(
        true, async () => ((string)(await page.EvaluateAsync("document.body.innerText"))!).Contains(text, StringComparison.Ordinal));

    private static async Task ClickAsync(BrowserPage page, string button)
    {
        await SeesAsync(page, button);
        await page.EvaluateAsync($"[...document.querySelectorAll('button')].find(button => button.textContent === '{button}').click()");
    }

    private static async Task TypeAsync(BrowserPage page, string field, string text)
    {
        await Eventually.IsAsync(true, async () => (bool)(await page.EvaluateAsync($"document.getElementById('{field}').checkVisibility()"))!);
        await page.TypeAsync(field, text);
    }

    private static async Task<double> ContrastAsync(BrowserPage page, string text, string ground)
    {
        var (one, other) = (await LuminanceAsync(page, text, "color"), await LuminanceAsync(page, ground, "backgroundColor"));
        return (Math.Max(one, other) + 0.05) / (Math.Min(one, other) + 0.05);
    }

    /// <summary>Relative luminance as WCAG 2 defines it.</summary>
    private static async Task<double> LuminanceAsync(BrowserPage page, string element, string property)
    {
        var colour = (string)(await page.EvaluateAsync($"getComputedStyle(document.querySelector('{element}')).{property}"))!;
        var parts = Digits().Matches(colour).Select(match => int.Parse(match.Value, CultureInfo.InvariantCulture) / 255.0)
            .Select(part => part <= 0.04045 ? part / 12.92 : Math.Pow((part + 0.055) / 1.055, 2.4)).ToArray();
        return (0.2126 * parts[0]) + (0.7152 * parts[1]) + (0.0722 * parts[2]);
    }

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Digits();
}
