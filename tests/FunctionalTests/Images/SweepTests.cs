using System.Net;
using FaceId.FunctionalTests.Support;

namespace FaceId.FunctionalTests.Images;

/// <summary>What crashes and plain SQL leave in the folder of kept photos.</summary>
public sealed class SweepTests : ServerTests
{
    private const string Other = "sweep_other";

    private ImageServer _server = null!;

    [SetUp]
    public async Task StartAsync() => _server = await ImageServer.StartAsync("original");

    [TearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    [Test]
    public async Task Photos_that_no_face_names_go_after_an_hour_and_nothing_else_does()
    {
        using var admin = await _server.AdminAsync();
        var john = await admin.CreatePersonAsync();
        var (kept, missing) = (await EnrolAsync(admin, john, Photos.JohnSalley), await EnrolAsync(admin, john, Photos.JohnSalleyAgain));
        var deleted = await EnrolAsync(admin, john, Photos.JohnSimm);
        var young = await EnrolAsync(admin, john, Photos.Portrait);
        File.Delete(Full(missing));
        await ExecuteAsync("DELETE FROM faces WHERE image_path = ANY ($1)", (object)new[] { deleted, young });
        var draft = $"{deleted}.part";
        var (foreign, picture) = ("images/holiday.sealed", $"{Path.GetDirectoryName(kept)}/notes.jpg");
        foreach (var file in (string[])[draft, $"{young}.part", foreign, picture])
        {
            await File.WriteAllBytesAsync(Full(file), [1]);
        }

        foreach (var file in (string[])[kept, deleted, draft, foreign, picture])
        {
            File.SetLastWriteTimeUtc(Full(file), DateTime.UtcNow.AddMinutes(-61));
        }

        File.SetLastWriteTimeUtc(Full(young), DateTime.UtcNow.AddMinutes(-59));
        var faceless = await ScalarAsync<int>("UPDATE faces SET created_at = now() - interval '2 hours' WHERE image_path = $1 RETURNING id", missing);

        using (var dry = await _server.RunAsync(["retention", "--dry-run"]))
        {
            Assert.That(dry.Output, Does.Match("unnamedImages .* 2\n").And.Contain($"1 faces name a photo that is not in this server's folder: {faceless}."), dry.Errors);
            Assert.That(_server.Files.Count(), Is.EqualTo(7));
        }

        var other = await TestDatabase.CreateEmptyAsync(Other);
        try
        {
            using var migrated = await _server.RunAsync(["db", "migrate"], ("DATABASE_URL", other));
            using var beside = await _server.RunAsync(["retention"], ("DATABASE_URL", other));
            Assert.That(beside.Output, Does.Match("unnamedImages .* 0\n").And.Contain("They may be another database's"), beside.Errors);
            Assert.That(_server.Files.Count(), Is.EqualTo(7), "A server that was started here with another database leaves them alone.");
        }
        finally
        {
            await TestDatabase.DropAsync(Other);
        }

        var swept = (await admin.PostAsync("/api/v1/retention", new { })).ShouldBe(HttpStatusCode.OK);

        Assert.Multiple(async () =>
        {
            Assert.That(Swept(swept), Is.EqualTo(2));
            Assert.That(swept["images.missingOf.0"].GetInt32(), Is.EqualTo(faceless));
            Assert.That(swept["images.notSwept"].GetString(), Is.Null);
            Assert.That(_server.Files, Is.EquivalentTo(new[] { kept, young, $"{young}.part", foreign, picture }));
            Assert.That(await ScalarAsync<long>("SELECT count(*) FROM faces"), Is.EqualTo(2), "The row without its photo stays.");
            Assert.That(_server.Log, Has.Some.StartsWith("Warning 1 faces name a photo").And.Some.Contain("unnamedImages"));
        });
    }

    private string Full(string path) => Path.Combine(_server.Data, path);

    private static int Swept(Answer answer) => answer["items"].EnumerateArray()
        .Single(item => item.GetProperty("what").GetString() == "unnamedImages").GetProperty("count").GetInt32();

    /// <returns>Where the photo lies.</returns>
    private static async Task<string> EnrolAsync(Api admin, int person, byte[] photo)
    {
        var face = (await admin.PostPhotosAsync($"/api/v1/users/{person}/faces?allowDuplicate=true", ("image", photo))).ShouldBe(HttpStatusCode.Created)["id"].GetInt32();
        return await ScalarAsync<string>("SELECT image_path FROM faces WHERE id = $1", face);
    }
}
