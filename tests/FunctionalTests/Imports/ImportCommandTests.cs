using System.Runtime.Versioning;
using System.Text.Json;
using FaceId.FunctionalTests.Support;
using FaceId.Tests;

namespace FaceId.FunctionalTests.Imports;

/// <summary><c>faceid import</c> and <c>faceid export</c> as an operator runs them, beside a running server.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class ImportCommandTests : ServerTests
{
    private const int Refused = 4;
    private const string PeopleAndFaces = "SELECT (SELECT count(*) FROM users) - 1 || ' ' || (SELECT count(*) FROM faces)";

    private string _folder = "";

    [SetUp]
    public void SetUp() => _folder = Directory.CreateTempSubdirectory("faceid-import-").FullName;

    [TearDown]
    public void TearDown() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task A_file_is_taken_over_and_what_is_refused_is_listed_with_line_and_reason()
    {
        var file = Write(
            "people.jsonl",
            PeopleLines.Line("ada@example.com", Descriptors.Nobody(1)) + "\n{\"name\":NaN}\n" + PeopleLines.Line("bob@example.com", [0f, .. Descriptors.Nobody(2)[1..127]]));

        using var dry = await RunAsync("import", file, "--dry-run");
        Assert.That(dry.ExitCode, Is.EqualTo(Refused), dry.Errors);
        Assert.That(dry.Output, Does.StartWith("Would take over 1 people and 1 faces of 3 entries."));
        Assert.That(await ScalarAsync<string>(PeopleAndFaces), Is.EqualTo("0 0"));
        using var import = await RunAsync("import", file, "--consent-attested");

        var report = Path.Combine(_folder, "people.jsonl.refused.jsonl");
        var refusals = (await File.ReadAllLinesAsync(report)).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Multiple(async () =>
        {
            Assert.That(import.ExitCode, Is.EqualTo(Refused), import.Errors);
            Assert.That(import.Output, Is.EqualTo($"Took over 1 people and 1 faces of 3 entries.\n2 entries were refused; {report} says why."));
            Assert.That(import.Errors, Does.Contain("[##############################] 100%  3 entries"));
            Assert.That(refusals.Select(refusal => $"{refusal.GetProperty("line")} {refusal.GetProperty("code")}"), Is.EqualTo(new[] { "2 not_json", "3 wrong_length" }));
            Assert.That(refusals[1].GetProperty("detail").GetString(), Does.Contain("508 bytes"));
            Assert.That(File.GetUnixFileMode(report), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
            Assert.That(await ScalarAsync<string>("SELECT email || ' ' || way FROM consents JOIN users ON users.id = user_id"), Is.EqualTo("ada@example.com attestation"));
        });
    }

    [Test]
    public async Task An_import_that_is_killed_goes_on_where_it_stopped()
    {
        const int people = 30_000;
        var file = Write("people.csv", PeopleLines.Csv(people));

        using (var killed = Start("import", file))
        {
            await Eventually.IsAsync(true, () => ScalarAsync<bool>("SELECT EXISTS (SELECT FROM imports WHERE done >= 5000)"));
            await killed.CrashAsync();
        }

        var taken = await ScalarAsync<long>("SELECT count(*) FROM faces");
        Assert.That(taken, Is.InRange(5000, people - 5000), "Killed in the middle.");
        Assert.That(await ScalarAsync<long>("SELECT max(done) FROM imports"), Is.EqualTo(taken), "The place is noted with what was taken.");
        using var rest = await RunAsync("import", file, "--resume");
        Assert.Multiple(async () =>
        {
            Assert.That(rest.ExitCode, Is.Zero, rest.Errors);
            Assert.That(rest.Output, Does.Contain($"Took over {people - taken} people and {people - taken} faces").And.Contain($"{taken} entries before them were done already."));
            Assert.That(await ScalarAsync<string>(PeopleAndFaces), Is.EqualTo($"{people} {people}"));
            Assert.That(await ScalarAsync<long>("SELECT count(DISTINCT user_id) FROM faces"), Is.EqualTo(people));
        });

        using var again = await RunAsync("import", file);
        Assert.That(again.Output, Does.Contain($"Took over 0 people and 0 faces of {people} entries.\n{people} faces were there already."));
        Assert.That(await ScalarAsync<string>(PeopleAndFaces), Is.EqualTo($"{people} {people}"));
    }

    [Test]
    public async Task What_is_exported_gives_the_same_rows_in_an_empty_database([Values("jsonl", "csv")] string format)
    {
        using var admin = await AdminAsync();
        (await admin.EnrolAsync(await admin.CreatePersonAsync(), Photos.JohnSalley)).ShouldBe(System.Net.HttpStatusCode.Created);
        await admin.ImportAsync(PeopleLines.Line("ada@example.com", "Ada \"the\" Countess; of, Lovelace", Descriptors.Nobody(1), Descriptors.Nobody(2)) + "\n" + PeopleLines.Line("bob@example.com"));
        await ExecuteAsync("UPDATE users SET is_active = false, is_verified = true WHERE email = 'ada@example.com'");
        var (first, second) = (Path.Combine(_folder, $"first.{format}"), Path.Combine(_folder, $"second.{format}"));

        using (var bare = await RunAsync("export", first))
        {
            Assert.That(bare.ExitCode, Is.EqualTo(1));
            Assert.That(bare.Errors, Does.Contain("--yes"));
        }

        await ExportAsync(TestDatabase.ConnectionString, first, format);
        var database = await SharedDatabase.CreateAsync();
        try
        {
            using (var migrate = await RunOnAsync(database.Url, "db", "migrate"))
            {
                Assert.That(migrate.ExitCode, Is.Zero, migrate.Errors);
            }

            using (var import = await RunOnAsync(database.Url, "import", first))
            {
                Assert.That(import.ExitCode, Is.Zero, import.Errors);
                Assert.That(import.Output, Does.StartWith("Took over 4 people and 3 faces"));
            }

            await ExportAsync(database.Url, second, format);
            Assert.Multiple(async () =>
            {
                Assert.That(await File.ReadAllTextAsync(second), Is.EqualTo(await File.ReadAllTextAsync(first)));
                Assert.That(File.GetUnixFileMode(first), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
                Assert.That(await database.ScalarAsync<long>("SELECT count(*) FROM faces WHERE template IS NOT NULL AND second_encoding IS NOT NULL"), Is.EqualTo(1));
                Assert.That(await database.ScalarAsync<string>("SELECT string_agg(DISTINCT role || hashed_password, ' ') FROM users"), Is.EqualTo("user!"), "Nobody brings a role or a password.");
                Assert.That(await ScalarAsync<long>("SELECT count(*) FROM security_events WHERE kind = 'users_exported'"), Is.EqualTo(1));
            });
        }
        finally
        {
            await database.DropAsync();
        }
    }

    [Test]
    public async Task What_cannot_be_taken_is_said_in_one_line()
    {
        var pickle = Path.Combine(_folder, "encodings.pickle");
        await File.WriteAllBytesAsync(pickle, [0x80, 4, 0x95, 0, 0]);

        Assert.Multiple(async () =>
        {
            Assert.That(await FailureAsync("import", pickle), Does.StartWith("faceid: encodings.pickle: ").And.Contain("python3 -c"));
            Assert.That(await FailureAsync("import", Path.Combine(_folder, "nothing.csv")), Does.Contain("nothing.csv cannot be read"));
            Assert.That(await FailureAsync("import", Write("people.csv", "Ada,7\n")), Does.Contain("names its columns"));
            Assert.That(await FailureAsync("import", pickle, "--consent-attested", "--consent-recorded"), Does.Contain("either"));
        });

        async Task<string> FailureAsync(params string[] arguments)
        {
            using var command = await RunAsync(arguments);
            Assert.That(command.ExitCode, Is.Not.Zero);
            Assert.That(command.Errors, Does.Not.Contain("   at "));
            return command.Errors.Trim();
        }
    }

    private async Task ExportAsync(string database, string file, string format)
    {
        using var export = await RunOnAsync(database, "export", file, "--format", format, "--yes");
        Assert.That(export.ExitCode, Is.Zero, export.Errors);
        Assert.That(export.Errors, Does.Contain("Wrote 4 people and 3 faces in clear."));
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    private FaceIdProcess Start(params string[] arguments) => FaceIdProcess.Start(_folder, arguments, Settings(TestDatabase.ConnectionString));

    private Task<FaceIdProcess> RunAsync(params string[] arguments) => RunOnAsync(TestDatabase.ConnectionString, arguments);

    private Task<FaceIdProcess> RunOnAsync(string database, params string[] arguments) => FaceIdProcess.RunAsync(_folder, arguments, Settings(database));

    private static (string, string)[] Settings(string database) => [("DATABASE_URL", database), ("FACEID_DATA", TestDatabase.DataFolder)];
}
