using System.Globalization;
using System.Net;
using System.Text.Json;
using FaceId.Application.Faces;
using FaceId.Domain.Faces;
using FaceId.FunctionalTests.Support;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace FaceId.FunctionalTests.Images;

/// <summary><c>faceid reencode</c>: templates anew from kept photos, beside a running server.</summary>
public sealed class ReencodeTests : ServerTests
{
    private const int Refused = 4;
    private const string All = "SELECT md5(string_agg(f::text, ';' ORDER BY id)) FROM faces f";

    [Test]
    public async Task Faces_of_dlib_alone_come_to_have_templates_and_a_killed_run_goes_on_where_it_was()
    {
        const int each = 8;
        await using var server = await ImageServer.StartAsync("aligned", data: null, ("FaceId:SecondModel", "off"));
        using var before = await server.AdminAsync();
        var john = await before.CreatePersonAsync();
        var first = await EnrolAsync(before, john, Photos.John("John_Salley", 0));

        using (var dlib = await server.RunAsync(["reencode", "--before", "now"], ("FaceId__SecondModel", "off")))
        {
            Assert.That((dlib.ExitCode, dlib.Output), Is.EqualTo((0, "Reencoded 1 of 1 faces.")), dlib.Errors);
            Assert.That(await ScalarAsync<bool>("SELECT template IS NULL AND quality > 0.5 AND updated_at > created_at FROM faces WHERE id = $1", first));
        }

        for (var i = 1; i < each; i++)
        {
            await EnrolAsync(before, john, Photos.John("John_Salley", i));
        }

        var simm = await before.CreatePersonAsync("simm@example.com");
        for (var i = 0; i < each; i++)
        {
            await EnrolAsync(before, simm, Photos.John("John_Simm", i));
        }

        await server.RestartAsync("aligned");
        using var admin = await server.AdminAsync();
        Assert.That(await ModelAsync(), Is.EqualTo(FaceModels.Dlib), "dlib's calibration goes on to serve them.");

        using (var killed = server.Start(["reencode"]))
        {
            await Eventually.IsAsync(true, () => ScalarAsync<bool>("SELECT count(template) >= 3 FROM faces"), TimeSpan.FromSeconds(60));
            await killed.CrashAsync();
        }

        var done = await ScalarAsync<long>("SELECT count(template) FROM faces");
        Assert.That(done, Is.InRange(3, 2 * each - 1), "in the middle");
        Assert.That(await ScalarAsync<bool>("SELECT bool_and((template IS NULL) = (second_encoding IS NULL) AND quality IS NOT NULL) FROM faces"), "no face is half written");

        using var rest = await server.RunAsync(["reencode"]);

        Assert.Multiple(async () =>
        {
            Assert.That(rest.ExitCode, Is.Zero, rest.Errors);
            Assert.That(rest.Output, Is.EqualTo(string.Create(CultureInfo.InvariantCulture, $"Reencoded {2 * each - done} of {2 * each} faces.\n{done} needed nothing.")));
            Assert.That(rest.Errors, Does.Match(@"\[#+\.*\] .* faces, .* 0 refused"));
            Assert.That(await ScalarAsync<bool>("SELECT count(*) = $1 AND bool_and(template_model = $2 AND second_model = $3) FROM faces", 2 * each, FaceModels.Fused, FaceModels.Second));
            Assert.That(await ScalarAsync<string>("SELECT string_agg(detail, '; ' ORDER BY id) FROM security_events WHERE kind = 'faces_reencoded'"), Is.EqualTo(string.Create(
                CultureInfo.InvariantCulture, $"begun=1; reencoded=1 refused=0; begun={2 * each}; begun={2 * each - done}; reencoded={2 * each - done} refused=0")));
        });
        await Eventually.IsAsync(FaceModels.Fused, ModelAsync);
        var verified = (await admin.VerifyAsync(john, Photos.John("John_Salley", each))).ShouldBe(HttpStatusCode.OK);
        Assert.That((verified["verified"].GetBoolean(), verified["model"].GetString()), Is.EqualTo((true, FaceModels.Fused)), verified.Body);

        async Task<string?> ModelAsync()
        {
            var found = (await admin.IdentifyAsync(Photos.John("John_Salley", each))).ShouldBe(HttpStatusCode.OK);
            return found["matches"].GetArrayLength() == 1 && found["matches.0.userId"].GetInt32() == john ? found["matches.0.model"].GetString() : found.Body;
        }
    }

    [Test]
    public async Task What_cannot_be_made_anew_stays_as_it_is_and_is_listed_with_the_reason()
    {
        await using var server = await ImageServer.StartAsync("original");
        using var admin = await server.AdminAsync();
        var john = await admin.CreatePersonAsync();
        var faces = new List<int>();
        for (var i = 0; i < 6; i++)
        {
            faces.Add(await EnrolAsync(admin, john, Photos.John("John_Salley", i)));
        }

        var (fine, older, missing, changed, swapped, faceless) = (faces[0], faces[1], faces[2], faces[3], faces[4], faces[5]);
        await ExecuteAsync("UPDATE faces SET model = 'dlib-resnet-v0' WHERE id = $1", older);
        File.Delete(await FileAsync(missing));
        await File.WriteAllBytesAsync(await FileAsync(changed), [1, 2, 3]);
        await ExecuteAsync("UPDATE faces SET encoding = $2 WHERE id = $1", swapped, Numbers.Of(Numbers.Somebody(1)));
        await KeepAsync(faceless, Photos.Empty);
        var bare = await ScalarAsync<int>("INSERT INTO faces (user_id, encoding) VALUES ($1, $2) RETURNING id", john, Numbers.Of(Numbers.Somebody(2)));
        var untouched = new[] { missing, changed, swapped, faceless, bare };
        var (before, rest) = (await ScalarAsync<string>(All), await RowsAsync());

        using var wrong = await server.RunAsync(["reencode", "--before", "yesterday"]);
        using var dry = await server.RunAsync(["reencode", "--before", "2099-01-01", "--dry-run"]);
        Assert.That(await ScalarAsync<string>(All), Is.EqualTo(before), "a dry run writes nothing");
        using var run = await server.RunAsync(["reencode", "--before", "now"]);

        var report = (await File.ReadAllLinesAsync(Path.Combine(server.Data, "reencode.refused.jsonl"))).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Multiple(async () =>
        {
            Assert.That(wrong.ExitCode, Is.EqualTo(1));
            Assert.That(wrong.Errors, Does.StartWith("'yesterday' is no moment. Write it like 2026-11-30 or 2026-11-30T18:00:00Z, or now."));
            Assert.That(run.ExitCode, Is.EqualTo(Refused), run.Errors);
            Assert.That(dry.Output.Replace("Would reencode", "Reencoded", StringComparison.Ordinal), Is.EqualTo(run.Output));
            Assert.That(run.Output.Split('\n'), Is.EqualTo(new[]
            {
                "Reencoded 2 of 7 faces.",
                "1 had numbers of another model, so nobody compared the photo with them.",
                "1 have no kept photo and stay as they are until their person is verified or enrols again.",
                $"4 were refused and stay as they are; {Path.Combine(server.Data, "reencode.refused.jsonl")} says why:",
                $"  image_missing: {missing}",
                $"  image_sealed: {changed}",
                $"  no_face: {faceless}",
                $"  not_same_face: {swapped}",
            }));
            Assert.That(run.Errors, Does.Match("go on with --before 20[0-9-]+T[0-9:.]+Z"));
            Assert.That(report.Select(line => $"{line.GetProperty("face").GetInt32()} {line.GetProperty("user").GetInt32()} {line.GetProperty("code").GetString()}"), Is.EquivalentTo(new[]
            {
                $"{missing} {john} image_missing", $"{changed} {john} image_sealed", $"{swapped} {john} not_same_face", $"{faceless} {john} no_face",
            }));
            Assert.That(await RowsAsync(), Is.EqualTo(rest));
            Assert.That(await ScalarAsync<bool>("SELECT bool_and(model = $2 AND template IS NOT NULL AND updated_at > created_at) FROM faces WHERE id = ANY ($1)", new[] { fine, older }, FaceModels.Dlib));
        });

        Task<string> RowsAsync() => ScalarAsync<string>("SELECT string_agg(f::text, ';' ORDER BY id) FROM faces f WHERE id = ANY ($1)", (object)untouched);

        async Task<string> FileAsync(int face) => Path.Combine(server.Data, await ScalarAsync<string>("SELECT image_path FROM faces WHERE id = $1", face));

        // Puts another photo in the place of a face's, as only who has the master key can.
        async Task KeepAsync(int face, byte[] photo)
        {
            using var kept = (await server.Services.GetRequiredService<IImageFiles>().KeepAsync(face, photo, CancellationToken.None)).Value;
            await ExecuteAsync("UPDATE faces SET image_path = $2, image_key = $3 WHERE id = $1", face, kept.Path, kept.SealKey(john));
            kept.Stay();
        }
    }

    [Test]
    public async Task Whoever_changes_or_erases_a_face_meanwhile_wins()
    {
        await using var server = await ImageServer.StartAsync("original");
        using var admin = await server.AdminAsync();
        var john = await admin.CreatePersonAsync();
        var (changed, erased) = (await EnrolAsync(admin, john, Photos.JohnSalley), await EnrolAsync(admin, john, Photos.JohnSalleyAgain));
        var theirs = Numbers.Of(Numbers.SomebodyLike(3, 1));
        await using var connection = new NpgsqlConnection(TestDatabase.ConnectionString);
        await connection.OpenAsync();
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await ExecuteHereAsync("SELECT FROM faces FOR UPDATE");
            using var reencode = server.Start(["reencode", "--before", "now"]);
            await Eventually.IsAsync(
                true, () => ScalarAsync<bool>("SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%FROM faces%FOR NO KEY UPDATE%'"), TimeSpan.FromSeconds(60));
            await ExecuteHereAsync("UPDATE faces SET encoding = $1 WHERE id = $2", theirs, changed);
            await ExecuteHereAsync("DELETE FROM faces WHERE id = $1", erased);
            await transaction.CommitAsync();
            await reencode.ExitAsync();

            Assert.Multiple(async () =>
            {
                Assert.That(reencode.ExitCode, Is.EqualTo(Refused), reencode.Errors);
                Assert.That(reencode.Output, Does.StartWith("Reencoded 0 of 2 faces.").And.Contain("face_changed: ").And.Contain($"{changed}"));
                Assert.That(await ScalarAsync<byte[]>("SELECT encoding FROM faces"), Is.EqualTo(theirs));
                Assert.That(await ScalarAsync<long>("SELECT count(*) FROM faces"), Is.EqualTo(1));
            });
        }

        async Task ExecuteHereAsync(string sql, params object[] values)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            command.Parameters.AddRange(values.Select(value => new NpgsqlParameter { Value = value }).ToArray());
            await command.ExecuteNonQueryAsync();
        }
    }

    private static async Task<int> EnrolAsync(Api admin, int person, byte[] photo) => (await admin.EnrolAsync(person, photo)).ShouldBe(HttpStatusCode.Created)["id"].GetInt32();
}
