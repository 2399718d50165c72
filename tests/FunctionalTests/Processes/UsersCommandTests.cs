using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using FaceId.FunctionalTests.Support;
using MimeKit;

namespace FaceId.FunctionalTests.Processes;

/// <summary><c>faceid users</c> as an operator runs it, beside a running server.</summary>
public sealed partial class UsersCommandTests
{
    private const string NotFound = "3";
    private const string Refused = "4";
    private const string Usage = "1";

    private static readonly (string, string)[] Settings = [("FACEID_RATE_LIMIT", "off"), ("FaceId__Passwords__BcryptCost", "10")];

    private string _folder = "";
    private FaceIdProcess? _server;
    private string _adminPassword = "";
    private int _people;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _folder = Directory.CreateTempSubdirectory("faceid-users-").FullName;
        _server = await FaceIdProcess.Start(_folder, [], Settings).ReadyAsync();
        _adminPassword = await _server.PrintedAsync("Password");
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        if (_server is not null)
        {
            await _server.InterruptAsync();
            _server.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public async Task An_account_made_by_command_signs_in_with_the_password_that_was_shown()
    {
        var output = await RunAsync("create", "ada@example.com", "--name", "Ada Lovelace", "--role", "operator", "--verified");

        using var ada = await _server!.Client().LoginAsync("ADA@example.com", PasswordIn(output));
        var me = (await ada.GetAsync("/api/v1/me")).ShouldBe(HttpStatusCode.OK);
        Assert.Multiple(async () =>
        {
            Assert.That(PasswordIn(output), Has.Length.EqualTo(24));
            Assert.That(me["role"].GetString(), Is.EqualTo("operator"));
            Assert.That(me["name"].GetString(), Is.EqualTo("Ada Lovelace"));
            Assert.That(me["isVerified"].GetBoolean());
            Assert.That(await EventsAsync(ada.UserId), Does.Contain("userCreated by console"));
            Assert.That(await RefusalAsync(Refused, "create", "Ada@Example.com", "--name", "Ada"), Does.Contain("already"));
            Assert.That(await RefusalAsync(Refused, "create", "no-address", "--name", "Ada"), Does.Contain("address"));
            Assert.That(await RefusalAsync(Usage, "create", "eve@example.com"), Does.Contain("--name"));
            Assert.That(await RefusalAsync(Usage, "create", "eve@example.com", "--name", "Eve", "--role", "emperor"), Does.Contain("emperor"));
        });
    }

    [Test]
    public async Task An_account_that_is_not_verified_gets_the_mail_that_verifies_it_with_the_servers_address()
    {
        var output = await RunAsync("create", "unverified@example.com", "--name", "U");
        Assert.That(output, Does.Contain("not verified"));

        var link = await LinkAsync("unverified@example.com");

        Assert.That(link, Does.StartWith(_server!.Address.ToString()));
        using var anybody = _server.Client();
        (await anybody.PostAsync("/api/v1/auth/verify-email", new { token = link[(link.IndexOf('=') + 1)..] })).ShouldBe(HttpStatusCode.NoContent);
    }

    [Test]
    public async Task A_password_is_read_from_standard_input_and_held_to_the_same_rules()
    {
        string[] create = ["create", "stdin@example.com", "--name", "Grace Hopper", "--verified", "--password-stdin"];

        Assert.That((await FailAsync(Refused, "grace hopper\n", create)).Errors, Does.Contain("person's name"));
        Assert.That((await FailAsync(Usage, "", create)).Errors, Does.Contain("one line"));
        Assert.That((await FailAsync(Usage, "correct horse battery\nstaple\n", create)).Errors, Does.Contain("one line"));
        using var made = await CommandAsync("größe correct horse\n", create);

        Assert.That(made.ExitCode, Is.Zero, made.Errors);
        Assert.That(made.Output + made.Errors, Does.Not.Contain("correct horse").And.Not.Contain("Password "));
        using var grace = await _server!.Client().LoginAsync("stdin@example.com", "größe correct horse");
    }

    [Test]
    public async Task A_password_reset_by_command_ends_the_sessions_and_opens_the_door()
    {
        using var ada = await PersonAsync();

        var output = await RunAsync("reset-password", ada.Email);

        await EndedAsync(ada.Api);
        using var again = await _server!.Client().LoginAsync(ada.Email, PasswordIn(output));
        (await again.TryLoginAsync(ada.Email, Api.Password)).ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_credentials");
        Assert.That(await EventsAsync(again.UserId), Does.Contain("passwordChanged by console"));
        using var given = await CommandAsync("a given horse battery\n", "reset-password", ada.Id, "--password-stdin");
        Assert.That(given.ExitCode, Is.Zero, given.Errors);
        using var last = await _server.Client().LoginAsync(ada.Email, "a given horse battery");
        Assert.That(await RefusalAsync(Usage, "reset-password", ada.Email, "--mail", "--password-stdin"), Does.Contain("either"));
    }

    [Test]
    public async Task A_reset_by_mail_leaves_the_password_until_the_link_is_used()
    {
        using var ada = await PersonAsync();

        Assert.That(await RunAsync("reset-password", ada.Email, "--mail"), Does.Contain(ada.Email).And.Not.Contain("Password "));

        (await ada.Api.GetAsync("/api/v1/me")).ShouldBe(HttpStatusCode.OK);
        var link = await LinkAsync(ada.Email);
        (await ada.Api.PostAsync("/api/v1/auth/reset-password", new { token = link[(link.IndexOf('=') + 1)..], password = "a new horse battery" }))
            .ShouldBe(HttpStatusCode.NoContent);
        using var again = await _server!.Client().LoginAsync(ada.Email, "a new horse battery");
        await RunAsync("disable", ada.Email);
        Assert.That(await RefusalAsync(Refused, "reset-password", ada.Email, "--mail"), Does.Contain("faceid users enable"));
    }

    [Test]
    public async Task An_account_is_disabled_and_enabled()
    {
        using var ada = await PersonAsync();

        await RunAsync("disable", ada.Email);
        await EndedAsync(ada.Api);
        (await ada.Api.TryLoginAsync(ada.Email)).ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_credentials");
        await RunAsync("enable", ada.Email);

        (await ada.Api.TryLoginAsync(ada.Email)).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task A_role_is_given_and_taken_but_not_from_the_last_administrator()
    {
        using var ada = await PersonAsync();

        Assert.That(await RefusalAsync(Refused, "promote", "admin@faceid.local", "user"), Does.Contain("last active administrator"));
        Assert.That(await RefusalAsync(Refused, "disable", "admin@faceid.local"), Does.Contain("last active administrator"));
        Assert.That(await RefusalAsync(Usage, "promote", ada.Email, "emperor"), Does.Contain("emperor"));
        Assert.That(await RunAsync("promote", ada.Email, "admin"), Does.Contain("admin now"));
        await EndedAsync(ada.Api);
        Assert.That(await RunAsync("promote", ada.Email, "admin"), Does.Contain("already"));

        await RunAsync("disable", "admin@faceid.local");
        Assert.That(await RefusalAsync(Refused, "promote", ada.Email, "user"), Does.Contain("last active administrator"));
        await RunAsync("enable", "admin@faceid.local");
        Assert.That(await RunAsync("promote", ada.Email, "user"), Does.Contain("user now"));
    }

    [Test]
    public async Task A_lost_second_factor_is_taken_off_and_asked_for_anew()
    {
        using var ada = await PersonAsync();
        Assert.That(await RefusalAsync(Refused, "reset-mfa", ada.Email), Does.Contain("no second factor"));
        await ada.Api.SetUpMfaAsync();
        Assert.That(await RunAsync("reset-password", ada.Email), Does.Contain("faceid users reset-mfa"));

        await RunAsync("reset-mfa", ada.Email);
        var output = await RunAsync("reset-password", ada.Email);

        using var again = await _server!.Client().LoginAsync(ada.Email, PasswordIn(output));
        (await again.GetAsync("/api/v1/me/faces")).ShouldBeProblem(HttpStatusCode.Forbidden, "mfa_setup_required");
    }

    [Test]
    public async Task Sessions_end_by_command_while_the_server_runs()
    {
        using var ada = await PersonAsync();
        using var eve = await PersonAsync();

        await RunAsync("end-sessions", ada.Email);
        await EndedAsync(ada.Api);
        (await eve.Api.GetAsync("/api/v1/me")).ShouldBe(HttpStatusCode.OK);
        Assert.That(await RunAsync("end-sessions", "--all"), Does.Contain("All sessions have ended"));
        await EndedAsync(eve.Api);
        Assert.That(await EventsAsync(await IdAsync(ada.Email)), Does.Contain("sessionsEnded by console"));

        Assert.That(await RefusalAsync(Usage, "end-sessions"), Does.Contain("either EMAIL or --all"));
        Assert.That(await RefusalAsync(Usage, "end-sessions", ada.Email, "--all"), Does.Contain("either EMAIL or --all"));
    }

    [Test]
    public async Task Accounts_are_listed_filtered_and_page_by_page()
    {
        for (var i = 0; i < 3; i++)
        {
            await RunAsync("create", $"list{i}@example.org", "--name", $"Listed {i}", "--role", "operator", "--verified");
        }

        var table = await RunAsync("list", "--search", "EXAMPLE.ORG");
        Assert.That(table.Split('\n'), Has.Length.EqualTo(4), table);
        Assert.That(table, Does.StartWith("ID ").And.Contain("list0@example.org  operator  active  yes       no "));
        Assert.That((await RunAsync("list", "--role", "admin")).Split('\n'), Has.Length.EqualTo(2));
        using var page = await CommandAsync("", "list", "--search", "example.org", "--limit", "2");
        Assert.That(page.Output.Split('\n'), Has.Length.EqualTo(3));
        var cursor = Cursor().Match(page.Errors).Groups[1].Value;
        var rest = JsonDocument.Parse(await RunAsync("list", "--search", "example.org", "--limit", "2", "--cursor", cursor, "--json")).RootElement;
        Assert.Multiple(() =>
        {
            Assert.That(rest.GetProperty("items").GetArrayLength(), Is.EqualTo(1));
            Assert.That(rest.GetProperty("items")[0].GetProperty("email").GetString(), Is.EqualTo("list2@example.org"));
            Assert.That(rest.GetProperty("items")[0].GetProperty("role").GetString(), Is.EqualTo("operator"));
            Assert.That(rest.GetProperty("nextCursor").ValueKind, Is.EqualTo(JsonValueKind.Null));
        });
        Assert.That(await RefusalAsync(Refused, "list", "--limit", "0"), Does.Contain("1 to 500"));
        Assert.That(await RefusalAsync(Refused, "list", "--cursor", "made-up"), Does.Contain("nextCursor").IgnoreCase);
    }

    [TestCase("reset-password")]
    [TestCase("reset-password", "--mail")]
    [TestCase("disable")]
    [TestCase("enable")]
    [TestCase("promote", "admin")]
    [TestCase("reset-mfa")]
    [TestCase("end-sessions")]
    public async Task An_unknown_address_is_told_in_one_line_and_by_the_exit_code(string command, params string[] rest)
    {
        var told = await RefusalAsync(NotFound, [command, "nobody@example.com", .. rest]);

        Assert.That(told, Is.EqualTo(
            "faceid: There is no account nobody@example.com. 'faceid users list --search TEXT' finds one by a part of its name or address."));
    }

    [TestCase("list")]
    [TestCase("create")]
    [TestCase("reset-password")]
    [TestCase("disable")]
    [TestCase("enable")]
    [TestCase("promote")]
    [TestCase("reset-mfa")]
    [TestCase("end-sessions")]
    public async Task Each_command_explains_itself_with_examples(string command)
    {
        var help = await RunAsync(command, "--help");

        Assert.That(help, Does.Contain("Usage:").And.Contain("Examples:\n  faceid users " + command));
    }

    /// <summary>Makes a person by command and signs them in.</summary>
    private async Task<Person> PersonAsync()
    {
        var email = $"person{_people++}@example.com";
        using var made = await CommandAsync(Api.Password + "\n", "create", email, "--name", "Ada Lovelace", "--verified", "--password-stdin");
        Assert.That(made.ExitCode, Is.Zero, made.Errors);
        return new Person(email, await _server!.Client().LoginAsync(email));
    }

    private Task<FaceIdProcess> CommandAsync(string input, params string[] arguments) =>
        FaceIdProcess.RunAsync(_folder, ["users", .. arguments], input, [.. Settings, ("ASPNETCORE_URLS", _server!.Address.ToString())]);

    private async Task<string> RunAsync(params string[] arguments)
    {
        using var command = await CommandAsync("", arguments);
        Assert.That(command.ExitCode, Is.Zero, command.Errors);
        Assert.That(command.Errors, Does.Not.Contain("   at "));
        return command.Output.Trim();
    }

    private async Task<FaceIdProcess> FailAsync(string exitCode, string input, params string[] arguments)
    {
        var command = await CommandAsync(input, arguments);
        Assert.That(command.ExitCode.ToString(CultureInfo.InvariantCulture), Is.EqualTo(exitCode), command.Errors + command.Output);
        Assert.That(command.Errors, Does.Not.Contain("   at "));
        return command;
    }

    private async Task<string> RefusalAsync(string exitCode, params string[] arguments)
    {
        using var command = await FailAsync(exitCode, "", arguments);
        return command.Errors.Trim();
    }

    private static string PasswordIn(string output) => Password().Match(output) is { Success: true } match
        ? match.Groups[1].Value
        : throw new AssertionException($"No password in: {output}");

    /// <summary>The access token stops working, in the two seconds that are promised.</summary>
    private static async Task EndedAsync(Api api)
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();
        await Eventually.IsAsync(HttpStatusCode.Unauthorized, async () => (await api.GetAsync("/api/v1/me")).Status);
        Assert.That(watch.Elapsed, Is.LessThan(TimeSpan.FromSeconds(2)));
    }

    private async Task<Api> AdminAsync() => await _server!.Client().LoginAsync("admin@faceid.local", _adminPassword);

    private async Task<string> EventsAsync(int userId)
    {
        using var admin = await AdminAsync();
        var events = (await admin.GetAsync(string.Create(CultureInfo.InvariantCulture, $"/api/v1/security-events?userId={userId}"))).ShouldBe(HttpStatusCode.OK);
        return string.Join(", ", events["items"].EnumerateArray().Select(item =>
            $"{item.GetProperty("kind").GetString()} by {item.GetProperty("userAgent").GetString()}"));
    }

    private async Task<int> IdAsync(string email) => JsonDocument.Parse(await RunAsync("list", "--search", email, "--json"))
        .RootElement.GetProperty("items")[0].GetProperty("id").GetInt32();

    /// <summary>The link of the newest mail to this address; the server sends what commands queue within a minute.</summary>
    private async Task<string> LinkAsync(string email)
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();
        while (watch.Elapsed < TimeSpan.FromSeconds(90))
        {
            string[] files = Directory.Exists(Outbox) ? Directory.GetFiles(Outbox, "*.eml") : [];
            foreach (var file in files.OrderDescending(StringComparer.Ordinal))
            {
                using var mail = await MimeMessage.LoadAsync(file);
                if (mail.To.Mailboxes.Any(mailbox => mailbox.Address == email) && Link().Match(mail.TextBody ?? "") is { Success: true } link)
                {
                    return link.Value;
                }
            }

            await Task.Delay(100);
        }

        throw new TimeoutException($"No mail with a link came to {email}.");
    }

    private string Outbox => Path.Combine(_folder, "data/outbox");

    [GeneratedRegex("^Password   ([a-zA-Z0-9]+) ", RegexOptions.Multiline)]
    private static partial Regex Password();

    [GeneratedRegex("--cursor ([A-Za-z0-9_-]+)")]
    private static partial Regex Cursor();

    [GeneratedRegex("https?://\\S+[?]token=[A-Za-z0-9_-]{43}")]
    private static partial Regex Link();

    private sealed record Person(string Email, Api Api) : IDisposable
    {
        public string Id => Api.UserId.ToString(CultureInfo.InvariantCulture);

        public void Dispose() => Api.Dispose();
    }
}
