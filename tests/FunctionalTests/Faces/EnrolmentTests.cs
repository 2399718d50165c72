using System.Net;
using FaceId.Domain.Faces;
using FaceId.FunctionalTests.Support;

namespace FaceId.FunctionalTests.Faces;

public sealed class EnrolmentTests : ServerTests
{
    [Test]
    public async Task An_enrolled_face_is_listed_without_its_numbers_and_can_be_deleted()
    {
        using var admin = await AdminAsync();
        var john = await admin.CreatePersonAsync();

        var enrolled = (await admin.EnrolAsync(john, Photos.JohnSalley)).ShouldBe(HttpStatusCode.Created);
        var path = $"/api/v1/users/{john}/faces";
        var listed = (await admin.GetAsync(path)).ShouldBe(HttpStatusCode.OK);

        var id = enrolled["id"].GetInt32();
        Assert.Multiple(() =>
        {
            Assert.That(enrolled.Message.Headers.Location?.OriginalString, Is.EqualTo($"{path}/{id}"));
            Assert.That(listed["items.0.id"].GetInt32(), Is.EqualTo(id));
            Assert.That(listed.Body.Length, Is.LessThan(300), "No numbers.");
        });
        (await admin.DeleteAsync($"{path}/{id}")).ShouldBe(HttpStatusCode.NoContent);
        (await admin.DeleteAsync($"{path}/{id}")).ShouldBeProblem(HttpStatusCode.NotFound, "not_found");
        Assert.That((await admin.GetAsync(path))["items"].GetArrayLength(), Is.Zero);
    }

    [Test]
    public async Task A_template_is_encrypted_in_the_database()
    {
        using var admin = await AdminAsync();
        var john = await admin.CreatePersonAsync();
        await admin.EnrolAsync(john, Photos.JohnSalley);

        var stored = await ScalarAsync<byte[]>("SELECT encoding FROM faces");

        // The exact first number, as float32 and as float64, would be found in a row that is only encoded.
        var first = (await admin.DetectAsync(Photos.JohnSalley, "?encodings=true"))["faces.0.encoding.0"].GetSingle();
        Assert.Multiple(() =>
        {
            Assert.That(stored, Has.Length.EqualTo(1 + 4 + 12 + 512 + 16));
            Assert.That(stored.AsSpan().IndexOf(BitConverter.GetBytes(first)), Is.Negative);
        });
    }

    [Test]
    public async Task A_face_of_somebody_else_cannot_be_deleted_through_ones_own_path()
    {
        using var admin = await AdminAsync();
        var john = await admin.CreatePersonAsync();
        var id = (await admin.EnrolAsync(john, Photos.JohnSalley)).ShouldBe(HttpStatusCode.Created)["id"].GetInt32();

        (await admin.DeleteAsync($"/api/v1/me/faces/{id}")).ShouldBeProblem(HttpStatusCode.NotFound, "not_found");

        Assert.That(await ScalarAsync<long>("SELECT count(*) FROM faces"), Is.EqualTo(1));
    }

    [Test]
    public async Task The_limit_of_faces_holds_when_many_come_at_once()
    {
        using var admin = await AdminAsync();
        var john = await admin.CreatePersonAsync();
        await ExecuteAsync(
            $"INSERT INTO faces (user_id, encoding) SELECT {john}, decode(repeat('00', 512), 'hex') FROM generate_series(1, {FaceEncoding.MaxPerUser - 2})");

        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => admin.EnrolAsync(john, Photos.JohnSalley)));

        Assert.That(answers.Count(answer => answer.Status == HttpStatusCode.Created), Is.EqualTo(2));
        answers.First(answer => answer.Status != HttpStatusCode.Created).ShouldBeProblem(HttpStatusCode.Conflict, "too_many_faces");
        Assert.That(await ScalarAsync<long>("SELECT count(*) FROM faces"), Is.EqualTo(FaceEncoding.MaxPerUser));
    }

    [Test]
    public async Task Erasing_a_person_erases_their_faces_and_unlinks_their_log()
    {
        using var admin = await AdminAsync();
        var john = await admin.CreatePersonAsync();
        await admin.EnrolAsync(john, Photos.JohnSalley);

        (await admin.DeleteAsync($"/api/v1/users/{john}")).ShouldBe(HttpStatusCode.OK);

        Assert.Multiple(async () =>
        {
            Assert.That(await ScalarAsync<long>("SELECT count(*) FROM faces"), Is.Zero);
            Assert.That(await ScalarAsync<long>("SELECT count(*) FROM recognition_logs WHERE user_id IS NULL AND success"), Is.EqualTo(1));
        });
    }

    [TestCase("image")]
    [TestCase("photo", "validation")]
    public async Task A_photo_is_taken_from_the_field_image(string field, string? refusal = null)
    {
        using var admin = await AdminAsync();
        var john = await admin.CreatePersonAsync();

        var answer = await admin.PostPhotosAsync($"/api/v1/users/{john}/faces", (field, Photos.JohnSalley));

        _ = refusal is null ? answer.ShouldBe(HttpStatusCode.Created) : answer.ShouldBeProblem(HttpStatusCode.BadRequest, refusal);
    }

    [TestCase("image/jpeg")]
    [TestCase("application/octet-stream")]
    [TestCase("application/x-www-form-urlencoded", Description = "What curl --data-binary says.")]
    public async Task A_raw_body_is_the_photo_itself(string type)
    {
        using var admin = await AdminAsync();
        var john = await admin.CreatePersonAsync();

        (await admin.PostBytesAsync($"/api/v1/users/{john}/faces", Photos.JohnSalley, type)).ShouldBe(HttpStatusCode.Created);
    }
}
