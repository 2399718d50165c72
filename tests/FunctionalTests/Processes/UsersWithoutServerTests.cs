using FaceId.FunctionalTests.Support;

namespace FaceId.FunctionalTests.Processes;

/// <summary><c>faceid users</c> while no server runs.</summary>
public sealed class UsersWithoutServerTests
{
    private string _folder = "";

    [SetUp]
    public void SetUp() => _folder = Directory.CreateTempSubdirectory("faceid-alone-").FullName;

    [TearDown]
    public void TearDown() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task The_private_database_is_started_and_stopped_and_the_server_finds_the_account()
    {
        using (var early = await FaceIdProcess.RunAsync(_folder, ["users", "list"]))
        {
            Assert.That(early.ExitCode, Is.EqualTo(1));
            Assert.That(early.Errors.Trim(), Does.EndWith("run 'faceid db migrate' first."));
        }

        await RunAsync(_folder, "", ["db", "migrate"]);
        await RunAsync(_folder, "correct horse battery\n", ["users", "create", "root@example.com", "--name", "Root", "--role", "admin", "--verified", "--password-stdin"]);
        Assert.That(await RunAsync(_folder, "", ["users", "list"]), Does.Contain("root@example.com  admin"));
        Assert.That(File.Exists(Path.Combine(_folder, "data/postgres/postmaster.pid")), Is.False, "PostgreSQL was left running.");

        using var server = await FaceIdProcess.Start(_folder, []).ReadyAsync();
        Assert.That(server.Output, Does.Not.Contain("First administrator"), "There is one already.");
        using (await server.Client().LoginAsync("root@example.com", "correct horse battery"))
        {
            await server.InterruptAsync();
        }
    }

    [Test]
    public async Task A_named_database_is_used_with_the_key_of_the_installation_only()
    {
        const string name = "users_command";
        (string, string)[] settings = [("DATABASE_URL", await TestDatabase.CreateEmptyAsync(name))];
        (string, string)[] withKey = [.. settings, ("FACEID_KEY", Convert.ToBase64String(new byte[32]))];
        try
        {
            await RunAsync(_folder, "", ["db", "migrate"], settings);
            using var without = await FaceIdProcess.RunAsync(_folder, ["users", "list"], settings);
            Assert.That(without.ExitCode, Is.EqualTo(1));
            Assert.That(without.Errors.Trim(), Does.StartWith("faceid: ").And.Contain("key").And.Contain(_folder).And.Contain("FACEID_KEY"));
            Assert.That(Directory.Exists(Path.Combine(_folder, "data")), Is.False, "A key was made that is not the installation's.");

            await RunAsync(_folder, "", ["users", "create", "ada@example.com", "--name", "Ada"], withKey);
            Assert.That(await RunAsync(_folder, "", ["users", "list"], withKey), Does.Contain("ada@example.com"));
        }
        finally
        {
            await TestDatabase.DropAsync(name);
        }
    }

    private static async Task<string> RunAsync(string folder, string input, string[] arguments, params (string Key, string Value)[] settings)
    {
        using var command = await FaceIdProcess.RunAsync(folder, arguments, input, settings);
        Assert.That(command.ExitCode, Is.Zero, command.Errors);
        return command.Output.Trim();
    }
}
