using System.Net;
using FaceId.Application.Faces;
using FaceId.Domain.Faces;
using FaceId.FunctionalTests.Support;
using FaceId.Infrastructure.Configuration;
using FaceId.Infrastructure.Recognition;

namespace FaceId.FunctionalTests.Gallery;

/// <summary>What cannot be read is set aside and told; the rest is served.</summary>
public sealed class BadRowTests
{
    private static readonly string AnotherKey = Convert.ToBase64String([.. Enumerable.Range(0, MasterKey.Size).Select(i => (byte)i)]);

    private SharedDatabase _database = null!;

    [SetUp]
    public async Task SetUpAsync() => _database = await SharedDatabase.CreateAsync();

    [TearDown]
    public Task TearDownAsync() => _database.DropAsync();

    [Test]
    public async Task Rows_that_cannot_be_read_are_counted_and_named_and_the_rest_is_found()
    {
        int good;
        var bad = new List<int>();
        await using (var before = await Node.StartAsync(_database.Url))
        {
            good = await _database.EnrolAsync(before, 1);
            bad.AddRange(await SpoilAsync(before));
            await Eventually.IsAsync(bad.Count, () => Task.FromResult(before.Gallery.State.SetAside));
            Assert.That(await before.NearestAsync(1), Is.EqualTo($"{good}"), "as they come");
        }

        await using var node = await Node.StartAsync(_database.Url);
        using var anybody = node.Server.Anonymous();
        var ready = (await anybody.GetAsync("/health/ready")).ShouldBe(HttpStatusCode.OK);
        var told = node.Log.Where(line => line.Contains("is set aside", StringComparison.Ordinal)).ToList();
        Assert.Multiple(async () =>
        {
            Assert.That(ready["gallery.setAside"].GetInt32(), Is.EqualTo(bad.Count));
            Assert.That(told, Has.Count.EqualTo(bad.Count));
            Assert.That(told, Is.All.StartsWith("Error Face "));
            Assert.That(bad, Is.All.Matches<int>(face => told.Any(line => line.StartsWith($"Error Face {face} is", StringComparison.Ordinal))));
            Assert.That(await node.NearestAsync(1), Is.EqualTo($"{good}"), "at the start");
            Assert.That(node.Gallery.State.Faces, Is.EqualTo(1));
        });

        await _database.ExecuteAsync("DELETE FROM faces WHERE id = ANY ($1)", bad.ToArray());
        await Eventually.IsAsync(0, () => Task.FromResult(node.Gallery.State.SetAside));
    }

    [Test]
    public async Task A_wrong_key_sets_all_aside_without_filling_the_log()
    {
        await using (var before = await Node.StartAsync(_database.Url))
        {
            for (var seed = 0; seed < 60; seed++)
            {
                await _database.EnrolAsync(before, seed);
            }
        }

        await using var node = await Node.StartAsync(_database.Url, ("FACEID_KEY", AnotherKey));

        await Eventually.IsAsync(60, () => Task.FromResult(node.Gallery.State.SetAside));
        Assert.Multiple(() =>
        {
            Assert.That(node.Log.Count(line => line.Contains("is set aside", StringComparison.Ordinal)), Is.InRange(1, 40));
            Assert.That(node.Log, Has.Some.Contains("FACEID_KEY"));
        });
    }

    [Test]
    public async Task One_unreadable_face_does_not_fail_a_persons_others()
    {
        await using var node = await Node.StartAsync(_database.Url);
        using var admin = await node.Server.Anonymous().LoginAsync(TestServer.AdminEmail);
        var john = await admin.CreatePersonAsync();
        var first = (await admin.EnrolAsync(john, Photos.JohnSalley)).ShouldBe(HttpStatusCode.Created)["id"].GetInt32();
        var second = (await admin.EnrolAsync(john, Photos.JohnSalleyAgain)).ShouldBe(HttpStatusCode.Created)["id"].GetInt32();

        await _database.ExecuteAsync("UPDATE faces SET encoding = overlay(encoding PLACING '\\x0000' FROM 100) WHERE id = $1", first);
        Assert.That((await admin.VerifyAsync(john, Photos.JohnSalley)).ShouldBe(HttpStatusCode.OK)["verified"].GetBoolean(), Is.True);
        Assert.That(node.Log, Has.Some.StartsWith($"Error Face {first} is set aside"));

        await _database.ExecuteAsync("UPDATE faces SET encoding = substr(encoding, 1, 300) WHERE id = $1", second);
        (await admin.VerifyAsync(john, Photos.JohnSalley)).ShouldBeProblem(HttpStatusCode.InternalServerError, "faces_unreadable");
    }

    [Test]
    public async Task An_encoding_replaced_by_SQL_takes_its_old_template_along()
    {
        await using var node = await Node.StartAsync(_database.Url);
        using var admin = await node.Server.Anonymous().LoginAsync(TestServer.AdminEmail);
        var john = await admin.CreatePersonAsync();
        var face = (await admin.EnrolAsync(john, Photos.JohnSalley)).ShouldBe(HttpStatusCode.Created)["id"].GetInt32();
        Assert.That((await admin.IdentifyAsync(Photos.JohnSalleyAgain)).ShouldBe(HttpStatusCode.OK)["matches"].GetArrayLength(), Is.EqualTo(1));

        await _database.ExecuteAsync("UPDATE faces SET encoding = $1 WHERE id = $2", Numbers.Of(Numbers.Somebody(5)), face);

        await Eventually.IsAsync(0, async () => (await admin.IdentifyAsync(Photos.JohnSalleyAgain)).ShouldBe(HttpStatusCode.OK)["matches"].GetArrayLength());
        Assert.That((await admin.VerifyAsync(john, Photos.JohnSalleyAgain)).ShouldBe(HttpStatusCode.OK)["verified"].GetBoolean(), Is.False);
        Assert.That(
            await _database.ScalarAsync<bool>("SELECT num_nulls(template, template_model, second_encoding, second_model, quality) = 5 FROM faces WHERE id = $1", face));
    }

    [Test]
    public async Task More_faces_than_there_is_room_for_are_a_clear_refusal()
    {
        await using (var before = await Node.StartAsync(_database.Url))
        {
            using var admin = await before.Server.Anonymous().LoginAsync(TestServer.AdminEmail);
            (await admin.EnrolAsync(await admin.CreatePersonAsync(), Photos.JohnSalley)).ShouldBe(HttpStatusCode.Created);
            await _database.EnrolAsync(before, 1);
            await _database.EnrolAsync(before, 2);
        }

        await using (var full = await Node.StartAsync(_database.Url, ("FaceId:MaxGalleryFaces", "3")))
        {
            using var admin = await full.Server.Anonymous().LoginAsync(TestServer.AdminEmail);
            (await admin.EnrolAsync(await admin.CreatePersonAsync("jack@example.com"), Photos.JohnSimm)).ShouldBeProblem(HttpStatusCode.ServiceUnavailable, "gallery_full");
            (await admin.IdentifyAsync(Photos.JohnSalleyAgain)).ShouldBe(HttpStatusCode.OK);

            await _database.EnrolAsync(full, 3);
            await Eventually.IsAsync(HttpStatusCode.ServiceUnavailable, async () => (await admin.IdentifyAsync(Photos.JohnSalleyAgain)).Status);
            (await admin.IdentifyAsync(Photos.JohnSalleyAgain)).ShouldBeProblem(HttpStatusCode.ServiceUnavailable, "gallery_full");
            Assert.That(full.Log, Has.Some.Contains("FaceId:MaxGalleryFaces"));
            await Eventually.IsAsync("full", async () => (await admin.GetAsync("/health/ready")).ShouldBe(HttpStatusCode.OK)["gallery.state"].GetString()!);

            await _database.ExecuteAsync("DELETE FROM faces WHERE id IN (SELECT id FROM faces ORDER BY id DESC LIMIT 2)");
            await Eventually.IsAsync(HttpStatusCode.OK, async () => (await admin.IdentifyAsync(Photos.JohnSalleyAgain)).Status);
        }
    }

    /// <summary>One row of every kind that there is.</summary>
    private async Task<List<int>> SpoilAsync(Node node)
    {
        using var theirs = new TemplateVault(MasterKeys.LoadOrCreate(new FaceIdSettings { DataFolder = "unused", ModelsFolder = "unused", Key = AnotherKey }));
        var (ours, plain) = ((ITemplateVault)node.Server.Services.GetService(typeof(ITemplateVault))!, Numbers.Somebody(5));
        byte[] Doubles(params double[] first) => [.. first.Concat(Enumerable.Repeat(0.1, FaceModels.DlibLength)).Take(FaceModels.DlibLength).SelectMany(BitConverter.GetBytes)];
        var faces = new List<int>
        {
            await EncodedAsync(new byte[512]),
            await EncodedAsync(new byte[1024]),
            await EncodedAsync(Numbers.Of([.. plain.Select((x, i) => i == 9 ? float.NaN : x)])),
            await EncodedAsync(Numbers.Of([.. plain.Select((x, i) => i == 9 ? float.PositiveInfinity : x)])),
            await EncodedAsync(Numbers.Of([.. plain.Select(x => x * 1e6f)])),
            await EncodedAsync(Doubles(1e300)),
            await EncodedAsync([]),
            await EncodedAsync([1]),
            await EncodedAsync(new byte[511]),
            await EncodedAsync(new byte[5000]),
            await EncodedAsync(Numbers.Of(plain), "somebodys-model-v3"),
        };
        foreach (var spoil in (Func<byte[], byte[]>[])[bytes => bytes[..40], bytes => [.. bytes, 0], bytes => [.. bytes.Select((x, i) => (byte)(i == 60 ? x ^ 1 : x))], _ => []])
        {
            var user = await _database.PersonAsync();
            var stored = ours.Seal(Numbers.Opinions(8), user);
            faces.Add(await RowAsync(user, stored.Encoding, FaceModels.Dlib, spoil(stored.Template!.Sealed)));
            faces.Add(await RowAsync(user, spoil(stored.Encoding), FaceModels.Dlib, null));
        }

        var stranger = await _database.PersonAsync();
        var sealedByOthers = theirs.Seal(Numbers.Opinions(8), stranger);
        faces.Add(await RowAsync(stranger, sealedByOthers.Encoding, FaceModels.Dlib, sealedByOthers.Template!.Sealed));
        return faces;

        async Task<int> EncodedAsync(byte[] encoding, string model = FaceModels.Dlib) => await RowAsync(await _database.PersonAsync(), encoding, model, null);

        Task<int> RowAsync(int user, byte[] encoding, string model, byte[]? template) => _database.ScalarAsync<int>(
            "INSERT INTO faces (user_id, encoding, model, template, template_model) VALUES ($1, $2, $3, $4, $5) RETURNING id",
            user, encoding, model, (object?)template ?? DBNull.Value, template is null ? DBNull.Value : FaceModels.Fused);
    }
}
