using System.Net;
using System.Runtime.Versioning;
using System.Text.Json;
using FaceId.Domain.Faces;
using FaceId.FunctionalTests.Support;

namespace FaceId.FunctionalTests.Imports;

/// <summary><c>faceid import FOLDER</c>: a folder of photos for each person, beside a running server.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class ImportFolderTests : ServerTests
{
    private const int Refused = 4;

    private string _folder = "";

    private string People => Path.Combine(_folder, "staff");

    [SetUp]
    public void SetUp() => _folder = Directory.CreateTempSubdirectory("faceid-folder-").FullName;

    [TearDown]
    public void TearDown() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task Photos_pass_the_same_gate_as_over_the_api_and_what_is_refused_is_told()
    {
        Photo("John Salley", "1.jpg", Photos.JohnSalley);
        Photo("John Salley", "2.jpg", Photos.JohnSalleyAgain);
        Photo("john.simm@example.com", "1.jpg", Photos.JohnSimm);
        Photo("john.simm@example.com", "bad.jpg", [1, 2, 3]);
        Photo("john.simm@example.com", "empty.png", Photos.Empty);
        Photo("john.simm@example.com", "group.jpg", Photos.Group);
        Photo("john.simm@example.com", "dark.png", Tests.SpoiltPhoto.Exposed(Photos.Portrait, 0.2));
        Photo("Zed", "1.jpg", Photos.JohnSalley);
        Photo("Zed", "notes.txt", [1]);
        Photo(".cache", "1.jpg", Photos.JohnSalley);

        using (var bare = await RunAsync())
        {
            Assert.That(bare.ExitCode, Is.EqualTo(1));
            Assert.That(bare.Errors, Does.Contain("--consent-attested"));
        }

        using (var dry = await RunAsync("--consent-attested", "--dry-run"))
        {
            Assert.That(dry.Output, Does.StartWith("Would make 3 accounts"), dry.Errors);
            Assert.That(await ScalarAsync<long>("SELECT count(*) FROM users"), Is.EqualTo(1));
        }

        using var import = await RunAsync("--consent-attested");

        var report = (await File.ReadAllLinesAsync(Path.Combine(_folder, "staff.refused.jsonl"))).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Multiple(async () =>
        {
            Assert.That(import.ExitCode, Is.EqualTo(Refused), import.Errors);
            Assert.That(import.Output, Does.StartWith("Made 3 accounts and enrolled 3 of 8 photos."));
            Assert.That(report.Select(line => $"{line.GetProperty("photo").GetString()} {line.GetProperty("code").GetString()}"), Is.EquivalentTo(new[]
            {
                "john.simm@example.com/bad.jpg image_unreadable",
                "john.simm@example.com/empty.png no_face",
                "john.simm@example.com/group.jpg several_faces",
                "john.simm@example.com/dark.png too_dark",
                "Zed/1.jpg identity_conflict",
            }));
            var dark = report.Single(line => line.GetProperty("code").GetString() == "too_dark");
            Assert.That(dark.GetProperty("crossed")[0].GetProperty("measurement").GetString(), Is.EqualTo("brightness"));
            Assert.That(dark.GetProperty("quality").GetProperty("brightness").GetDouble(), Is.Positive);
            Assert.That(await ScalarAsync<string>("SELECT string_agg(name || ' ' || way, ', ' ORDER BY name) FROM users u JOIN consents c ON c.user_id = u.id"),
                Is.EqualTo("John Salley attestation, john.simm attestation"), "Only who has a face.");
            Assert.That(await ScalarAsync<long>("SELECT count(*) FROM faces WHERE template IS NOT NULL AND second_encoding IS NOT NULL AND quality > 0"), Is.EqualTo(3));
        });

        using var admin = await AdminAsync();
        var john = await ScalarAsync<int>("SELECT id FROM users WHERE name = 'John Salley'");
        await Eventually.IsAsync(1, async () => (await admin.IdentifyAsync(Photos.JohnSalleyAgain)).ShouldBe(HttpStatusCode.OK)["matches"].GetArrayLength());
        var found = await admin.IdentifyAsync(Photos.JohnSalleyAgain);
        Assert.That(found["matches.0.userId"].GetInt32(), Is.EqualTo(john));
        Assert.That(found["matches.0.model"].GetString(), Is.EqualTo(FaceModels.Fused));

        using var again = await RunAsync("--consent-attested");
        Assert.That(again.Output, Does.StartWith("Made 0 accounts and enrolled 0 of 8 photos.").And.Contain("3 photos were enrolled already."));
        Assert.That(await ScalarAsync<long>("SELECT count(*) FROM faces"), Is.EqualTo(3));
    }

    [Test]
    public async Task A_run_that_is_stopped_or_killed_goes_on_where_it_was()
    {
        const int each = 8;
        foreach (var name in (string[])["John_Salley", "John_Savage", "John_Simm"])
        {
            for (var i = 0; i < each; i++)
            {
                Photo(name, $"{i}.jpg", Photos.John(name, i));
            }
        }

        using (var stopped = Start("--consent-recorded"))
        {
            await EnrolledAsync(2);
            await stopped.InterruptAsync();
            Assert.That(stopped.Errors, Does.EndWith("faceid: stopped."));
        }

        var first = await ScalarAsync<long>("SELECT count(*) FROM faces");
        Assert.That(first, Is.InRange(2, 2 * each));
        Assert.That(await ScalarAsync<long>("SELECT done FROM imports"), Is.InRange(1, first));
        using (var killed = Start("--consent-recorded", "--resume"))
        {
            await EnrolledAsync(first + 3);
            await killed.CrashAsync();
        }

        using var rest = await RunAsync("--consent-recorded", "--resume");
        Assert.Multiple(async () =>
        {
            Assert.That(rest.ExitCode, Is.Zero, rest.Errors);
            Assert.That(rest.Output, Does.Contain("photos before them were done already."));
            Assert.That(await ScalarAsync<long>("SELECT count(*) FROM faces"), Is.EqualTo(3 * each));
            Assert.That(await ScalarAsync<long>("SELECT count(*) FROM imports"), Is.Zero);
            Assert.That(await ScalarAsync<string>("SELECT string_agg(DISTINCT way, ' ') || ' ' || count(*) FROM consents"), Is.EqualTo("recorded 3"));
        });
    }

    [Test]
    public async Task A_folder_without_people_is_said_to_be_one()
    {
        Directory.CreateDirectory(Path.Combine(People, "Ada"));

        using var import = await RunAsync("--consent-attested");

        Assert.That(import.ExitCode, Is.EqualTo(1));
        Assert.That(import.Errors, Does.Contain("no folders with photos").And.Not.Contain("   at "));
    }

    private static Task EnrolledAsync(long faces) => Eventually.IsAsync(true, () => ScalarAsync<bool>("SELECT count(*) >= $1 FROM faces", faces));

    private void Photo(string person, string name, byte[] bytes)
    {
        Directory.CreateDirectory(Path.Combine(People, person));
        File.WriteAllBytes(Path.Combine(People, person, name), bytes);
    }

    private FaceIdProcess Start(params string[] arguments) => FaceIdProcess.Start(_folder, ["import", People, .. arguments], Settings);

    private Task<FaceIdProcess> RunAsync(params string[] arguments) => FaceIdProcess.RunAsync(_folder, ["import", People, .. arguments], Settings);

    private static (string, string)[] Settings => [("DATABASE_URL", TestDatabase.ConnectionString), ("FACEID_DATA", TestDatabase.DataFolder)];
}
