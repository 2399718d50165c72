using System.Diagnostics;
using System.Globalization;
using System.Net;
using FaceId.FunctionalTests.Support;

namespace FaceId.FunctionalTests.Processes;

/// <summary>The program from the outside, in an empty folder, with its own PostgreSQL.</summary>
public sealed class FreshFolderTests
{
    private string _folder = "";

    [SetUp]
    public void SetUp() => _folder = Directory.CreateTempSubdirectory("faceid-fresh-").FullName;

    [TearDown]
    public void TearDown()
    {
        if (PostmasterId() is { } postmaster)
        {
            Process.GetProcessById(postmaster).Kill();
        }

        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public async Task A_person_enrolled_before_a_crash_is_verified_after_it_and_CtrlC_leaves_nothing_running()
    {
        int john;
        string password;
        int postmaster;
        using (var server = await FaceIdProcess.Start(_folder, []).ReadyAsync())
        {
            password = await server.PrintedAsync("Password");
            using var admin = await server.Client().LoginAsync(await server.PrintedAsync("E-mail"), password);
            await admin.ChoosePasswordAsync(password);
            Assert.That(server.Output, Does.Contain("FaceId:RequireMfa is off").And.Contain("1 active administrators have none"));
            john = await admin.CreatePersonAsync();
            (await admin.EnrolAsync(john, Photos.JohnSalley)).ShouldBe(HttpStatusCode.Created);
            Assert.That((await admin.VerifyAsync(john, Photos.JohnSalleyAgain)).ShouldBe(HttpStatusCode.OK)["verified"].GetBoolean());
            postmaster = PostmasterId()!.Value;

            await server.CrashAsync();
        }

        using (var server = await FaceIdProcess.Start(_folder, []).ReadyAsync())
        {
            Assert.That(PostmasterId(), Is.EqualTo(postmaster), "The PostgreSQL that outlived the crash is taken over.");
            using var admin = await server.Client().LoginAsync("admin@faceid.local");
            Assert.That((await admin.VerifyAsync(john, Photos.JohnSalleyAgain)).ShouldBe(HttpStatusCode.OK)["verified"].GetBoolean());
            Assert.That((await admin.VerifyAsync(john, Photos.JohnSimm)).ShouldBe(HttpStatusCode.OK)["verified"].GetBoolean(), Is.False);
            Assert.That((await admin.LogsAsync())["items"].GetArrayLength(), Is.EqualTo(4));
            Assert.That(server.Output, Does.Not.Contain("Password"), "Shown once.");

            var beside = await FaceIdProcess.RunAsync(_folder, ["db", "status"]);
            Assert.That(beside.Output, Does.Contain("applied").And.Contain("CreateTables").And.Not.Contain("missing"), beside.Errors);
            (await admin.GetAsync("/api/v1/me")).ShouldBe(HttpStatusCode.OK);

            await server.InterruptAsync();
            Assert.That(server.ExitCode, Is.Zero);
        }

        Assert.That(PostmasterId(), Is.Null, "Ctrl-C stops the PostgreSQL too.");
    }

    [Test]
    public async Task A_second_server_on_the_same_folder_is_refused_in_one_line()
    {
        using var first = await FaceIdProcess.Start(_folder, []).ReadyAsync();

        using var second = await FaceIdProcess.RunAsync(_folder, []);

        Assert.Multiple(() =>
        {
            Assert.That(second.ExitCode, Is.EqualTo(1));
            Assert.That(LastLine(second.Errors), Does.StartWith("faceid: ").And.Contain(_folder));
        });
        await first.InterruptAsync();
    }

    [TestCase("postgres://faceid:s3cret@localhost:1/facedb", "localhost")]
    [TestCase("postgres://faceid:s3cret@localhost:notaport/facedb", "port")]
    [TestCase("mysql://faceid:s3cret@localhost/facedb", "mysql")]
    [TestCase("Host=localhost;Username=x;Databse=facedb;Password=s3cret", "atabse")]
    public async Task A_wrong_DATABASE_URL_is_told_in_one_line_without_the_password(string url, string names)
    {
        using var command = await FaceIdProcess.RunAsync(_folder, ["db", "status"], ("DATABASE_URL", url));

        var told = LastLine(command.Errors);
        Assert.Multiple(() =>
        {
            Assert.That(command.ExitCode, Is.EqualTo(1));
            Assert.That(told, Does.StartWith("faceid: ").And.Contain(names));
            Assert.That(command.Errors + command.Output, Does.Not.Contain("s3cret").And.Not.Contain("   at "));
        });
    }

    [Test]
    public async Task The_settings_are_read_from_dotenv_too()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, ".env"), "# ours\nDATABASE_URL=postgres://faceid@localhost:1/facedb\n");

        using var command = await FaceIdProcess.RunAsync(_folder, ["db", "status"]);

        Assert.That(LastLine(command.Errors), Does.Contain("localhost:1"));
    }

    [Test]
    public async Task The_schema_goes_up_and_down_by_command()
    {
        Assert.That((await RunAsync("db", "migrate")).Split('\n'), Has.All.StartsWith("Applied "));
        Assert.That(await RunAsync("db", "migrate"), Is.EqualTo("The database is up to date."));
        var newest = (await RunAsync("db", "status")).Split('\n')[^1].Split(' ', StringSplitOptions.RemoveEmptyEntries)[^1];
        Assert.That(await RunAsync("db", "rollback", "-1"), Is.EqualTo($"Took back {newest}"));
        Assert.That(await RunAsync("db", "status"), Does.Contain("missing"));
        Assert.That(await RunAsync("db", "rollback", "--to", "0"), Does.Contain("CreateTables"));
        Assert.That((await RunAsync("db", "migrate")).Split('\n'), Has.Length.GreaterThanOrEqualTo(2));
        Assert.That(await RunAsync("db", "script"), Does.Contain("CREATE TABLE users"));

        async Task<string> RunAsync(params string[] arguments)
        {
            using var command = await FaceIdProcess.RunAsync(_folder, arguments);
            Assert.That(command.ExitCode, Is.Zero, command.Errors);
            return command.Output.Trim();
        }
    }

    private static string LastLine(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault() ?? "";

    private int? PostmasterId()
    {
        var file = Path.Combine(_folder, "data/postgres/postmaster.pid");
        return File.Exists(file) ? int.Parse(File.ReadLines(file).First(), CultureInfo.InvariantCulture) : null;
    }
}
