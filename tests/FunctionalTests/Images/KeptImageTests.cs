using System.Net;
using System.Runtime.Versioning;
using System.Text.Json;
using FaceId.FunctionalTests.Support;
using SkiaSharp;

namespace FaceId.FunctionalTests.Images;

/// <summary>What is kept of photos, for whom it opens, and that it goes with its face.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class KeptImageTests : ServerTests
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private ImageServer _server = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _server = await ImageServer.StartAsync("original");

    [OneTimeTearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    [TearDown]
    public void TearDown() => _server.Files.ToList().ForEach(file => File.Delete(Path.Combine(_server.Data, file)));

    [Test]
    public async Task By_default_no_photo_is_kept()
    {
        using var admin = await AdminAsync();
        (await admin.EnrolAsync(await admin.CreatePersonAsync(), Photos.JohnSalley)).ShouldBe(HttpStatusCode.Created);

        Assert.That(await ScalarAsync<bool>("SELECT image_path IS NULL AND image_key IS NULL FROM faces"));
        Assert.That(Directory.Exists(Path.Combine(TestDatabase.DataFolder, "images")), Is.False);
    }

    [Test]
    public async Task An_original_lies_sealed_in_the_data_folder_and_only_its_owner_gets_it_back()
    {
        using var ada = await _server.PersonAsync();

        var face = await EnrolAsync(ada, Photos.JohnSalley);

        var path = await ScalarAsync<string>("SELECT image_path FROM faces WHERE id = $1", face);
        var file = Path.Combine(_server.Data, path);
        Assert.Multiple(async () =>
        {
            Assert.That(path, Does.Match("^images/([0-9a-f]{2})/\\1[0-9a-f]{30}\\.sealed$"));
            Assert.That(_server.Files, Is.EqualTo(new[] { path }));
            Assert.That(File.GetUnixFileMode(file), Is.EqualTo(OwnerOnly));
            Assert.That(File.GetUnixFileMode(Path.GetDirectoryName(file)!), Is.EqualTo(OwnerOnly | UnixFileMode.UserExecute));
            Assert.That(HoldsAPieceOf(await File.ReadAllBytesAsync(file), Photos.JohnSalley), Is.False);
            var exported = (await ExportAsync(ada)).Single();
            Assert.That(exported.GetProperty("image").GetBytesFromBase64(), Is.EqualTo(Photos.JohnSalley));
            Assert.That(exported.GetProperty("unreadable").ValueKind, Is.EqualTo(JsonValueKind.Null));
            var list = await ada.GetAsync("/api/v1/me/faces");
            Assert.That(list.Body, Does.Not.Contain("images/"));
        });
    }

    [Test]
    public async Task An_aligned_face_is_small_upright_and_gives_the_same_template_again()
    {
        await using var server = await ImageServer.StartAsync("aligned");
        using var ada = await server.PersonAsync();
        await EnrolAsync(ada, Warps.Draw(SKBitmap.Decode(Photos.Portrait), canvas =>
        {
            using var bitmap = SKBitmap.Decode(Photos.Portrait);
            canvas.RotateDegrees(12, bitmap.Width / 2f, bitmap.Height / 2f);
            canvas.DrawBitmap(bitmap, 0, 0);
        }, 95));

        var crop = (await ExportAsync(ada)).Single().GetProperty("image").GetBytesFromBase64();

        using var picture = SKBitmap.Decode(crop);
        var verified = (await ada.PostPhotosAsync("/api/v1/me/verify", ("image", crop))).ShouldBe(HttpStatusCode.OK);
        var detected = (await ada.PostPhotosAsync("/api/v1/faces/detect", ("image", crop))).ShouldBe(HttpStatusCode.OK);
        Assert.Multiple(() =>
        {
            Assert.That((picture.Width, picture.Height), Is.EqualTo((picture.Width, picture.Width)).And.Matches<(int Width, int)>(size => size.Width is > 400 and <= 480));
            Assert.That(verified["distance"].GetDouble(), Is.LessThan(0.15), verified.Body);
            Assert.That(detected["faces.0.measurements.rollDegrees"].GetDouble(), Is.EqualTo(0).Within(3));
            Assert.That(server.Files.Count(), Is.EqualTo(1));
        });
    }

    [Test]
    public async Task A_photo_goes_with_its_face_its_consent_and_its_person()
    {
        using var admin = await _server.AdminAsync();
        using var ada = await _server.PersonAsync();
        var face = await EnrolAsync(ada, Photos.JohnSalley);
        await EnrolAsync(ada, Photos.JohnSalleyAgain);
        var john = await admin.CreatePersonAsync();
        (await admin.EnrolAsync(john, Photos.JohnSimm)).ShouldBe(HttpStatusCode.Created);
        Assert.That(_server.Files.Count(), Is.EqualTo(3));

        (await ada.DeleteAsync($"/api/v1/me/faces/{face}")).ShouldBe(HttpStatusCode.NoContent);
        Assert.That(_server.Files, Is.EquivalentTo(await NamedAsync()).And.Exactly(2).Items);

        (await ada.DeleteAsync("/api/v1/me/consent")).ShouldBe(HttpStatusCode.NoContent);
        Assert.That(_server.Files, Is.EquivalentTo(await NamedAsync()).And.Exactly(1).Items);

        var receipt = (await admin.DeleteAsync($"/api/v1/users/{john}")).ShouldBe(HttpStatusCode.OK);
        Assert.That(_server.Files, Is.Empty);
        Assert.That(receipt["counts.imagesDeleted"].GetInt32(), Is.EqualTo(1));
    }

    [Test]
    public async Task A_sealed_photo_opens_for_no_other_face_or_person_and_not_after_a_change()
    {
        using var ada = await _server.PersonAsync();
        var first = await EnrolAsync(ada, Photos.JohnSalley);
        var second = await EnrolAsync(ada, Photos.JohnSalleyAgain);

        await ExecuteAsync("UPDATE faces f SET image_path = o.image_path FROM faces o WHERE o.id <> f.id");
        Assert.That(await WhyAsync(ada), Is.All.Contain("another face's"), "the files are swapped");

        await ExecuteAsync("UPDATE faces f SET image_key = o.image_key FROM faces o WHERE o.id <> f.id");
        Assert.That(await WhyAsync(ada), Is.All.Contain("its key does not open"), "the keys are swapped too");

        await ExecuteAsync("UPDATE faces SET id = -id");
        await ExecuteAsync("UPDATE faces SET id = CASE WHEN id = -$1 THEN $2 ELSE $1 END", first, second);
        Assert.That(await WhyAsync(ada), Is.All.Empty, "the faces are swapped with them, which is as it was");

        foreach (var file in _server.Files.Select(file => Path.Combine(_server.Data, file)))
        {
            var bytes = await File.ReadAllBytesAsync(file);
            bytes[bytes.Length / 2] ^= 1;
            await File.WriteAllBytesAsync(file, bytes);
        }

        Assert.That(await WhyAsync(ada), Is.All.Contain("changed"), "one bit is changed");
        foreach (var file in _server.Files)
        {
            await File.WriteAllBytesAsync(Path.Combine(_server.Data, file), [1, 2, 3]);
        }

        Assert.That(await WhyAsync(ada), Is.All.Contain("changed"), "cut off");
        await ExecuteAsync("UPDATE faces SET image_path = '../faceid.key'");
        Assert.That(await WhyAsync(ada), Is.All.Contain("not in the data folder"), "another file is named");
    }

    [Test]
    public async Task A_refused_enrolment_leaves_no_file()
    {
        using var ada = await _server.PersonAsync();
        await ExecuteAsync("INSERT INTO faces (user_id, encoding) SELECT $1, '\\x00' FROM generate_series(1, 20)", ada.UserId);

        (await ada.PostPhotosAsync("/api/v1/me/faces", ("image", Photos.JohnSalley))).ShouldBeProblem(HttpStatusCode.Conflict, "too_many_faces");

        Assert.That(_server.Files, Is.Empty);
    }

    [Test]
    public async Task People_agree_to_a_text_that_says_what_is_kept()
    {
        using var ada = await PersonAsync();
        var before = (await ada.PostAsync("/api/v1/me/consent", new { accepted = true })).ShouldBe(HttpStatusCode.OK);
        using var here = _server.Anonymous();
        await here.ContinueAsync(ada.Token);

        (await here.PostPhotosAsync("/api/v1/me/faces", ("image", Photos.JohnSalley))).ShouldBeProblem(HttpStatusCode.Conflict, "consent_required");
        var asked = (await here.GetAsync("/api/v1/me/consent")).ShouldBe(HttpStatusCode.OK);

        Assert.Multiple(() =>
        {
            Assert.That(before["text"].GetString(), Does.Contain("The photos are not kept."));
            Assert.That(asked["state"].GetString(), Is.EqualTo("outdated"));
            Assert.That(asked["version"].GetString(), Is.EqualTo($"{before["version"].GetString()}-original"));
            Assert.That(asked["text"].GetString(), Does.Contain("Each photo that I enrol is stored too").And.Not.Contain("not kept"));
        });
    }

    private static async Task<int> EnrolAsync(Api person, byte[] photo) =>
        (await person.PostPhotosAsync("/api/v1/me/faces", ("image", photo))).ShouldBe(HttpStatusCode.Created)["id"].GetInt32();

    private static async Task<IReadOnlyList<JsonElement>> ExportAsync(Api person) =>
        [.. (await person.GetAsync("/api/v1/me/export")).ShouldBe(HttpStatusCode.OK)["faces"].EnumerateArray()];

    /// <summary>Why the photos of a person cannot be opened.</summary>
    private static async Task<IReadOnlyList<string>> WhyAsync(Api person)
    {
        var faces = await ExportAsync(person);
        Assert.That(faces.Select(face => face.GetProperty("encoding").ValueKind), Is.All.EqualTo(JsonValueKind.Array), "The rest is theirs all the same.");
        return [.. faces.Select(face => face.GetProperty("unreadable").GetString() ?? "")];
    }

    private static async Task<string[]> NamedAsync() => await ScalarAsync<string[]>("SELECT coalesce(array_agg(image_path), '{}') FROM faces");

    private static bool HoldsAPieceOf(byte[] file, byte[] photo)
    {
        const int piece = 8;
        return Enumerable.Range(0, photo.Length / piece).Any(i => file.AsSpan().IndexOf(photo.AsSpan(i * piece, piece)) >= 0);
    }
}
