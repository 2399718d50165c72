using System.Net;
using System.Text.Json;
using FaceId.FunctionalTests.Support;

namespace FaceId.FunctionalTests.Recognition;

public sealed class IdentificationTests : ServerTests
{
    [Test]
    public async Task A_person_is_found_by_another_photo_as_soon_as_they_are_enrolled()
    {
        using var admin = await AdminAsync();
        var john = await admin.CreatePersonAsync();
        var other = await admin.CreatePersonAsync("other@example.com");
        (await admin.EnrolAsync(other, Photos.JohnSimm)).ShouldBe(HttpStatusCode.Created);
        (await admin.EnrolAsync(john, Photos.JohnSalley)).ShouldBe(HttpStatusCode.Created);

        var found = (await admin.IdentifyAsync(Photos.JohnSalleyAgain)).ShouldBe(HttpStatusCode.OK);

        Assert.Multiple(() =>
        {
            Assert.That(found["matches"].GetArrayLength(), Is.EqualTo(1));
            Assert.That(found["matches.0.userId"].GetInt32(), Is.EqualTo(john));
            Assert.That(found["matches.0.name"].GetString(), Is.EqualTo("John"));
            Assert.That(found["matches.0.distance"].GetDouble(), Is.GreaterThan(0).And.LessThan(found["threshold"].GetDouble()));
            Assert.That(found["unknown"].GetBoolean(), Is.False);
            Assert.That(found["model"].GetString(), Is.EqualTo("faceid-fused-v1"));
            Assert.That(found["gallery.people"].GetInt32(), Is.EqualTo(2));
            Assert.That(found["gallery.faces"].GetInt32(), Is.EqualTo(2));
            Assert.That(found["timings.search"].GetDouble(), Is.Positive);
        });
    }

    [Test]
    public async Task The_distance_is_that_of_a_verification()
    {
        using var admin = await AdminAsync();
        var john = await admin.CreatePersonAsync();
        await admin.EnrolAsync(john, Photos.JohnSalley);

        var verified = (await admin.VerifyAsync(john, Photos.JohnSalleyAgain)).ShouldBe(HttpStatusCode.OK);
        var identified = (await admin.IdentifyAsync(Photos.JohnSalleyAgain)).ShouldBe(HttpStatusCode.OK);

        Assert.That(identified["matches.0.distance"].GetDouble(), Is.EqualTo(verified["distance"].GetDouble()).Within(1e-9));
    }

    [Test]
    public async Task A_stranger_is_unknown()
    {
        using var admin = await AdminAsync();
        await admin.EnrolAsync(await admin.CreatePersonAsync(), Photos.JohnSalley);

        var found = (await admin.IdentifyAsync(Photos.JohnSimm)).ShouldBe(HttpStatusCode.OK);

        Assert.Multiple(() =>
        {
            Assert.That(found["matches"].GetArrayLength(), Is.Zero);
            Assert.That(found["unknown"].GetBoolean(), Is.True);
        });
    }

    [Test]
    public async Task A_person_is_named_once_by_the_nearest_of_their_faces()
    {
        using var admin = await AdminAsync();
        var john = await admin.CreatePersonAsync();
        await admin.EnrolAsync(john, Photos.JohnSalley);
        await admin.EnrolAsync(john, Photos.JohnSalleyAgain);

        var found = (await admin.IdentifyAsync(Photos.JohnSalleyAgain)).ShouldBe(HttpStatusCode.OK);

        Assert.Multiple(() =>
        {
            Assert.That(found["matches"].GetArrayLength(), Is.EqualTo(1));
            Assert.That(found["matches.0.distance"].GetDouble(), Is.LessThan(1e-5));
            Assert.That(found["gallery.people"].GetInt32(), Is.EqualTo(1));
            Assert.That(found["gallery.faces"].GetInt32(), Is.EqualTo(2));
        });
    }

    [Test]
    public async Task Who_is_erased_or_deactivated_or_lost_their_face_is_not_found_again()
    {
        using var admin = await AdminAsync();
        (Func<int, int, Task> End, string What)[] ends =
        [
            (async (john, _) => (await admin.DeleteAsync($"/api/v1/users/{john}")).ShouldBe(HttpStatusCode.OK), "erased"),
            (async (john, _) => (await admin.PatchAsync($"/api/v1/users/{john}", new { isActive = false })).ShouldBe(HttpStatusCode.OK), "deactivated"),
            (async (john, face) => (await admin.DeleteAsync($"/api/v1/users/{john}/faces/{face}")).ShouldBe(HttpStatusCode.NoContent), "face deleted"),
            (async (john, _) => Assert.That(await ExecuteAsync("DELETE FROM faces WHERE user_id = $1", john), Is.EqualTo(1)), "deleted by SQL"),
        ];

        foreach (var (end, what) in ends)
        {
            var john = await admin.CreatePersonAsync($"{Guid.NewGuid():N}@example.com");
            var face = (await admin.EnrolAsync(john, Photos.JohnSalley)).ShouldBe(HttpStatusCode.Created)["id"].GetInt32();
            Assert.That((await admin.IdentifyAsync(Photos.JohnSalleyAgain))["unknown"].GetBoolean(), Is.False, what);

            await end(john, face);

            Assert.That((await admin.IdentifyAsync(Photos.JohnSalleyAgain)).ShouldBe(HttpStatusCode.OK)["unknown"].GetBoolean(), Is.True, what);
            await ExecuteAsync("DELETE FROM faces");
        }
    }

    [Test]
    public async Task Every_face_of_a_group_is_looked_for()
    {
        using var admin = await AdminAsync();
        var detected = (await admin.DetectAsync(Photos.Group, "?encodings=true")).ShouldBe(HttpStatusCode.OK);
        var faces = detected["faces"].EnumerateArray().ToList();
        Assert.That(faces, Has.Count.GreaterThan(2));
        var (first, last) = (await admin.CreatePersonAsync("first@example.com"), await admin.CreatePersonAsync("last@example.com"));
        await EnrolNumbersAsync(first, faces[0]);
        await EnrolNumbersAsync(last, faces[^1]);

        (await admin.IdentifyAsync(Photos.Group)).ShouldBeProblem(HttpStatusCode.UnprocessableEntity, "several_faces");
        Answer? found = null;
        await Eventually.IsAsync(2, async () =>
        {
            found = (await admin.IdentifyAsync(Photos.Group, "?all=true&limit=1")).ShouldBe(HttpStatusCode.OK);
            return found["gallery.faces"].GetInt32();
        });

        Assert.Multiple(() =>
        {
            Assert.That(found!["faces"].GetArrayLength(), Is.EqualTo(faces.Count));
            Assert.That(found["faces.0.box"].ToString(), Is.EqualTo(faces[0].GetProperty("box").ToString()));
            Assert.That(found["faces.0.matches.0.userId"].GetInt32(), Is.EqualTo(first));
            Assert.That(found["faces.0.matches.0.distance"].GetDouble(), Is.LessThan(1e-4));
            Assert.That(found[$"faces.{faces.Count - 1}.matches.0.userId"].GetInt32(), Is.EqualTo(last));
            Assert.That(found["faces"].EnumerateArray().Select(face => face.GetProperty("matches").GetArrayLength()), Is.All.LessThanOrEqualTo(1));
            Assert.That(found["width"].GetInt32(), Is.EqualTo(detected["width"].GetInt32()));
        });
        Assert.That((await admin.IdentifyAsync(Photos.Empty, "?all=true")).ShouldBe(HttpStatusCode.UnprocessableEntity)["code"].GetString(), Is.EqualTo("no_face"));
    }

    [Test]
    public async Task Every_face_that_was_looked_for_leaves_a_row_in_the_log()
    {
        using var admin = await AdminAsync();
        var john = await admin.CreatePersonAsync();
        await admin.EnrolAsync(john, Photos.JohnSalley);
        await admin.IdentifyAsync(Photos.JohnSalleyAgain);
        await admin.IdentifyAsync(Photos.JohnSimm);
        await admin.IdentifyAsync(Photos.Empty);
        var group = (await admin.IdentifyAsync(Photos.Group, "?all=true")).ShouldBe(HttpStatusCode.OK)["faces"].GetArrayLength();

        var rows = (await admin.LogsAsync("?limit=100")).ShouldBe(HttpStatusCode.OK)["items"].EnumerateArray()
            .Where(row => row.GetProperty("attempted").GetString() == "identify").Reverse().ToList();

        Assert.That(rows, Has.Count.EqualTo(3 + group));
        Assert.Multiple(() =>
        {
            Assert.That(Fields(rows[0]), Is.EqualTo(("identify", true, (int?)john, (string?)null)));
            Assert.That(rows[0].GetProperty("distance").GetDouble(), Is.Positive);
            Assert.That(rows[0].GetProperty("actorId").GetInt32(), Is.EqualTo(admin.UserId));
            Assert.That(Fields(rows[1]), Is.EqualTo(("identify", false, (int?)null, (string?)"no_match")));
            Assert.That(rows[1].GetProperty("threshold").GetDouble(), Is.Positive);
            Assert.That(Fields(rows[2]), Is.EqualTo(("failed", false, (int?)null, (string?)"no_face")));
            Assert.That(rows.Skip(3).Select(Fields), Is.All.EqualTo(("identify", false, (int?)null, (string?)"no_match")));
        });
    }

    [TestCase("?limit=0")]
    [TestCase("?limit=101")]
    [TestCase("?limit=0&all=true")]
    public async Task A_limit_out_of_bounds_is_refused(string query)
    {
        using var admin = await AdminAsync();

        Assert.That((await admin.IdentifyAsync(Photos.JohnSalley, query)).ShouldBeProblem(HttpStatusCode.BadRequest, "validation")["errors"]
            .EnumerateObject().Single().Name, Is.EqualTo("limit"));
    }

    private static (string? Action, bool Success, int? UserId, string? Reason) Fields(JsonElement row) => (
        row.GetProperty("action").GetString(),
        row.GetProperty("success").GetBoolean(),
        row.GetProperty("userId").ValueKind == JsonValueKind.Null ? null : row.GetProperty("userId").GetInt32(),
        row.GetProperty("reason").GetString());

    private static Task EnrolNumbersAsync(int userId, JsonElement face) => ExecuteAsync(
        "INSERT INTO faces (user_id, encoding) VALUES ($1, $2)", userId, Numbers.Of(face.GetProperty("encoding")));
}
