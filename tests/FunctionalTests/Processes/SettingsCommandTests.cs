using System.Net;
using System.Text.Json;
using FaceId.FunctionalTests.Support;

namespace FaceId.FunctionalTests.Processes;

/// <summary><c>faceid settings</c> as an operator runs it, beside a running server.</summary>
public sealed class SettingsCommandTests
{
    private const int Usage = 1;
    private const int Refused = 4;

    private static readonly (string, string)[] Settings = [("FACEID_RATE_LIMIT", "off"), ("FaceId__Passwords__BcryptCost", "10")];

    private string _folder = "";
    private FaceIdProcess? _server;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _folder = Directory.CreateTempSubdirectory("faceid-settings-").FullName;
        _server = await FaceIdProcess.Start(_folder, [], Settings).ReadyAsync();
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
    public async Task Settings_are_shown_and_changed_one_by_one_by_the_rules_of_the_API()
    {
        Assert.That(await RunAsync("show"), Does.Contain("falseMatchRates.verify     0.0001\n").And.EndsWith("Nobody has changed them."));

        Assert.That(await RunAsync("set", "falseMatchRates.verify", "0.002"), Is.EqualTo("Version 1: falseMatchRates.verify 0.0001 -> 0.002."));
        Assert.That(await RunAsync("set", "requireLiveness.enrol", "true"), Is.EqualTo("Version 2: requireLiveness.enrol false -> true."));
        Assert.That(await RunAsync("set", "requireLiveness.enrol", "true"), Is.EqualTo("Version 3: as before."));

        var shown = JsonDocument.Parse(await RunAsync("show", "--json")).RootElement;
        using var admin = await _server!.Client().LoginAsync("admin@faceid.local", await _server.PrintedAsync("Password"));
        var served = (await admin.GetAsync("/api/v1/settings")).ShouldBe(HttpStatusCode.OK);
        var events = (await admin.GetAsync("/api/v1/security-events?kind=settingsChanged")).ShouldBe(HttpStatusCode.OK);
        Assert.Multiple(async () =>
        {
            Assert.That(JsonElement.DeepEquals(shown, served.Json), $"{shown}\n{served.Body}");
            Assert.That(served["falseMatchRates.verify"].GetDouble(), Is.EqualTo(0.002));
            Assert.That(served["updatedBy"].ValueKind, Is.EqualTo(JsonValueKind.Null));
            Assert.That(events["items"].GetArrayLength(), Is.EqualTo(3));
            Assert.That(events["items.0.userAgent"].GetString(), Is.EqualTo("console"));
            Assert.That(await RunAsync("show"), Does.Contain("\nVersion 3, of ").And.EndsWith("by the console or an account that is gone."));
        });
    }

    [TestCase(Usage, "colour", "red", "colour")]
    [TestCase(Usage, "falseMatchRates.identify", "often", "a number, such as")]
    [TestCase(Usage, "falseMatchRates.identify", "\"0.01\"", "a number, such as")]
    [TestCase(Usage, "falseMatchRates.identify", "{}", "a number, such as")]
    [TestCase(Usage, "upgradeAtVerification", "1", "true or false")]
    [TestCase(Usage, "upgradeAtVerification", "null", "true or false")]
    [TestCase(Refused, "falseMatchRates.identify", "0.2", "from 1E-08 to 0.1")]
    [TestCase(Refused, "falseMatchRates.proof", "0.001", "from 1E-08 to 0.0001")]
    public async Task A_wrong_name_or_value_is_told_by_a_line_and_the_exit_code(int exitCode, string name, string value, string told)
    {
        using var command = await CommandAsync("set", name, value);

        Assert.That(command.ExitCode, Is.EqualTo(exitCode), command.Errors + command.Output);
        Assert.That(command.Errors, Does.Contain(told).And.Not.Contain("   at "));
    }

    [TestCase("show")]
    [TestCase("set")]
    public async Task Each_command_explains_itself_with_examples(string command) =>
        Assert.That(await RunAsync(command, "--help"), Does.Contain("Usage:").And.Contain("Examples:\n  faceid settings " + command));

    private Task<FaceIdProcess> CommandAsync(params string[] arguments) =>
        FaceIdProcess.RunAsync(_folder, ["settings", .. arguments], [.. Settings, ("ASPNETCORE_URLS", _server!.Address.ToString())]);

    private async Task<string> RunAsync(params string[] arguments)
    {
        using var command = await CommandAsync(arguments);
        Assert.That(command.ExitCode, Is.Zero, command.Errors);
        Assert.That(command.Errors, Does.Not.Contain("   at "));
        return command.Output.Trim();
    }
}
