using System.Net;
using FaceId.FunctionalTests.Support;

namespace FaceId.FunctionalTests.Recognition;

public sealed class VerificationTests : ServerTests
{
    [Test]
    public async Task A_person_is_verified_by_another_photo_and_a_stranger_is_refused()
    {
        using var admin = await AdminAsync();
        var john = await admin.CreatePersonAsync();
        (await admin.EnrolAsync(john, Photos.JohnSalley)).ShouldBe(HttpStatusCode.Created);

        var himself = (await admin.VerifyAsync(john, Photos.JohnSalleyAgain)).ShouldBe(HttpStatusCode.OK);
        var stranger = (await admin.VerifyAsync(john, Photos.JohnSimm)).ShouldBe(HttpStatusCode.OK);

        Assert.Multiple(() =>
        {
            Assert.That(himself["verified"].GetBoolean(), Is.True);
            Assert.That(himself["distance"].GetDouble(), Is.LessThan(himself["threshold"].GetDouble()));
            Assert.That(stranger["verified"].GetBoolean(), Is.False);
            Assert.That(stranger["distance"].GetDouble(), Is.GreaterThan(stranger["threshold"].GetDouble()));
            Assert.That(stranger["confidence"].GetDouble(), Is.LessThan(0.01));
            Assert.That(himself["model"].GetString(), Is.EqualTo("faceid-fused-v1"));
            Assert.That(himself["confidence"].GetDouble(), Is.InRange(0.99, 1));
            Assert.That(himself["falseMatchRate"].GetDouble(), Is.EqualTo(1e-4).Within(1e-12));
            Assert.That(himself["timings.total"].GetDouble(), Is.Positive);
        });
    }

    [Test]
    public async Task The_nearest_of_all_templates_decides()
    {
        using var admin = await AdminAsync();
        var john = await admin.CreatePersonAsync();
        await admin.EnrolAsync(john, Photos.JohnSalley);
        var one = (await admin.VerifyAsync(john, Photos.JohnSimm)).ShouldBe(HttpStatusCode.OK);

        await admin.EnrolAsync(john, Photos.JohnSimm);
        var two = (await admin.VerifyAsync(john, Photos.JohnSimm)).ShouldBe(HttpStatusCode.OK);

        Assert.Multiple(() =>
        {
            Assert.That(one["verified"].GetBoolean(), Is.False);
            Assert.That(two["distance"].GetDouble(), Is.LessThan(1e-5), "The same photo.");
            Assert.That(two["threshold"].GetDouble(), Is.LessThan(one["threshold"].GetDouble()), "Two templates are two chances for a stranger.");
        });
    }

    [Test]
    public async Task A_person_enrols_and_verifies_their_own_face()
    {
        using var john = await PersonAsync("john@example.com");

        (await john.PostPhotosAsync("/api/v1/me/verify", ("image", Photos.JohnSalley))).ShouldBeProblem(HttpStatusCode.Conflict, "not_enrolled");
        (await john.PostAsync("/api/v1/me/consent", new { accepted = true })).ShouldBe(HttpStatusCode.OK);
        var enrolled = (await john.PostBytesAsync("/api/v1/me/faces", Photos.JohnSalley, "image/jpeg")).ShouldBe(HttpStatusCode.Created);
        var verified = (await john.PostBytesAsync("/api/v1/me/verify", Photos.JohnSalleyAgain, "image/jpeg")).ShouldBe(HttpStatusCode.OK);

        Assert.That(verified["verified"].GetBoolean());
        (await john.DeleteAsync($"/api/v1/me/faces/{enrolled["id"].GetInt32()}")).ShouldBe(HttpStatusCode.NoContent);
        (await john.PostPhotosAsync("/api/v1/me/verify", ("image", Photos.JohnSalley))).ShouldBeProblem(HttpStatusCode.Conflict, "not_enrolled");
    }

    [Test]
    public async Task A_deactivated_person_is_not_verified()
    {
        using var admin = await AdminAsync();
        var john = await admin.CreatePersonAsync();
        await admin.EnrolAsync(john, Photos.JohnSalley);
        await admin.PatchAsync($"/api/v1/users/{john}", new { isActive = false });

        (await admin.VerifyAsync(john, Photos.JohnSalleyAgain)).ShouldBeProblem(HttpStatusCode.Conflict, "user_inactive");
    }

    [TestCase(512)]
    [TestCase(1024)]
    public async Task Plain_encodings_of_another_dlib_program_are_served(int bytes)
    {
        using var admin = await AdminAsync();
        var numbers = (await admin.DetectAsync(Photos.JohnSalley, "?encodings=true")).ShouldBe(HttpStatusCode.OK)["faces.0.encoding"]
            .EnumerateArray().Select(number => number.GetDouble()).ToArray();
        var encoding = bytes == 512
            ? numbers.SelectMany(number => BitConverter.GetBytes((float)number)).ToArray()
            : numbers.SelectMany(BitConverter.GetBytes).ToArray();
        Assert.That(encoding, Has.Length.EqualTo(bytes));
        var john = await ScalarAsync<int>(
            "INSERT INTO users (email, name, hashed_password, is_active, is_verified, mfa_enabled, mfa_secret, created_at, updated_at) "
            + "VALUES ('john@example.com', 'John', '', true, true, false, NULL, now(), now()) RETURNING id");
        await ExecuteAsync(
            "INSERT INTO faces (user_id, encoding, image_path, created_at, updated_at) VALUES ($1, $2, '/photos/john.jpg', now(), now())", john, encoding);

        var same = (await admin.VerifyAsync(john, Photos.JohnSalley)).ShouldBe(HttpStatusCode.OK);
        var stranger = (await admin.VerifyAsync(john, Photos.JohnSimm)).ShouldBe(HttpStatusCode.OK);

        Assert.Multiple(async () =>
        {
            Assert.That(same["distance"].GetDouble(), Is.LessThan(1e-5));
            Assert.That(stranger["verified"].GetBoolean(), Is.False);
            Assert.That((await admin.GetAsync($"/api/v1/users/{john}/faces")).ShouldBe(HttpStatusCode.OK)["items"].GetArrayLength(), Is.EqualTo(1));
        });
    }

    [Test]
    public async Task A_template_moved_to_another_person_by_SQL_does_not_verify_them()
    {
        using var admin = await AdminAsync();
        var john = await admin.CreatePersonAsync();
        var thief = await admin.CreatePersonAsync("thief@example.com");
        await admin.EnrolAsync(john, Photos.JohnSalley);
        await ExecuteAsync("UPDATE faces SET user_id = $1", thief);

        (await admin.VerifyAsync(thief, Photos.JohnSalley)).ShouldBeProblem(HttpStatusCode.InternalServerError, "faces_unreadable");
        Assert.That(await ScalarAsync<string>("SELECT reason FROM recognition_logs ORDER BY id DESC LIMIT 1"), Is.EqualTo("faces_unreadable"));
    }

    [Test]
    public async Task Two_photos_are_compared_in_whatever_order_they_come()
    {
        using var admin = await AdminAsync();

        var same = (await admin.PostPhotosAsync("/api/v1/faces/compare", ("image1", Photos.JohnSalley), ("image2", Photos.JohnSalleyAgain))).ShouldBe(HttpStatusCode.OK);
        var swapped = (await admin.PostPhotosAsync("/api/v1/faces/compare", ("image2", Photos.JohnSalley), ("image1", Photos.JohnSimm))).ShouldBe(HttpStatusCode.OK);

        Assert.Multiple(() =>
        {
            Assert.That(same["verified"].GetBoolean(), Is.True);
            Assert.That(swapped["verified"].GetBoolean(), Is.False);
        });
    }

    [Test]
    public async Task A_photo_in_CMYK_shows_the_same_person()
    {
        using var admin = await AdminAsync();

        var same = (await admin.PostPhotosAsync("/api/v1/faces/compare", ("image1", Photos.PortraitInRgb), ("image2", Photos.PortraitInCmyk)))
            .ShouldBe(HttpStatusCode.OK);

        Assert.That(same["distance"].GetDouble(), Is.LessThan(0.3));
    }

    [Test]
    public async Task A_comparison_says_which_photo_is_at_fault()
    {
        using var admin = await AdminAsync();

        var empty = (await admin.PostPhotosAsync("/api/v1/faces/compare", ("image1", Photos.JohnSalley), ("image2", Photos.Empty)))
            .ShouldBeProblem(HttpStatusCode.UnprocessableEntity, "no_face");
        var missing = (await admin.PostPhotosAsync("/api/v1/faces/compare", ("image1", Photos.JohnSalley)))
            .ShouldBeProblem(HttpStatusCode.BadRequest, "validation");

        Assert.Multiple(() =>
        {
            Assert.That(empty["field"].GetString(), Is.EqualTo("image2"));
            Assert.That(missing["errors"].EnumerateObject().Single().Name, Is.EqualTo("image2"));
        });
    }
}
