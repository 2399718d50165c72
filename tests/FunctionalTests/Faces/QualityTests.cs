using System.Net;
using System.Text.Json;
using FaceId.FunctionalTests.Support;
using FaceId.Tests;

namespace FaceId.FunctionalTests.Faces;

/// <summary>What a poor photo is told at enrolment, and what every answer says of a photo.</summary>
public sealed class QualityTests : ServerTests
{
    private static readonly string[] Measurements =
    [
        "score", "eyeDistancePixels", "sharpness", "noise", "brightness", "contrast", "underexposedShare", "overexposedShare",
        "yawDegrees", "pitchDegrees", "rollDegrees", "asymmetry", "outsideShare", "detectorScore",
    ];

    private static IEnumerable<TestCaseData> Poor()
    {
        yield return Case("face_too_small", "eyeDistancePixels", photo => SpoiltPhoto.Shrunk(photo, 0.24f));
        yield return Case("blurred", "sharpness", photo => SpoiltPhoto.Blurred(photo, 9));
        yield return Case("too_dark", "brightness", photo => SpoiltPhoto.Exposed(photo, 0.2));
        yield return Case("too_bright", "overexposedShare", photo => SpoiltPhoto.Exposed(photo, 5));
        yield return Case("low_contrast", "contrast", photo => SpoiltPhoto.Faded(photo, 0.15));
        yield return Case("extreme_pose", "yawDegrees", photo => SpoiltPhoto.Turned(photo, new SkiaSharp.SKPoint(300, 241), 82, yaw: -55));
        yield return Case("partly_outside", "outsideShare", photo => SpoiltPhoto.Cropped(photo, 250, 0, 640, 640));
    }

    [TestCaseSource(nameof(Poor))]
    public async Task A_poor_photo_is_refused_at_enrolment_with_the_reason_the_measurements_and_the_limits(
        string code, string measurement, Func<byte[], byte[]> spoil)
    {
        using var admin = await AdminAsync();
        var ada = await admin.CreatePersonAsync();

        var refused = (await admin.EnrolAsync(ada, spoil(Photos.Portrait))).ShouldBeProblem(HttpStatusCode.UnprocessableEntity, code);

        Assert.Multiple(async () =>
        {
            Assert.That(Names(refused["quality"]), Is.EquivalentTo(Measurements));
            var first = refused["crossed.0"];
            Assert.That(first.GetProperty("code").GetString(), Is.EqualTo(code));
            Assert.That(first.GetProperty("measurement").GetString(), Is.EqualTo(measurement));
            Assert.That(first.GetProperty("value").GetDouble(), Is.EqualTo(refused["quality"].GetProperty(measurement).GetDouble()));
            Assert.That(first.GetProperty("limit").GetDouble(), Is.Positive);
            Assert.That(await ScalarAsync<long>("SELECT count(*) FROM faces"), Is.Zero);
            Assert.That(await ScalarAsync<long>($"SELECT count(*) FROM recognition_logs WHERE reason = '{code}' AND action = 'failed'"), Is.EqualTo(1));
        });
    }

    [Test]
    public async Task All_limits_that_a_photo_crosses_are_told_and_so_is_what_to_do_about_each()
    {
        using var admin = await AdminAsync();
        var ada = await admin.CreatePersonAsync();

        var refused = (await admin.EnrolAsync(ada, SpoiltPhoto.Exposed(SpoiltPhoto.Blurred(Photos.Portrait, 9), 0.2)))
            .ShouldBeProblem(HttpStatusCode.UnprocessableEntity, "too_dark");

        Assert.Multiple(() =>
        {
            Assert.That(refused["crossed"].EnumerateArray().Select(limit => limit.GetProperty("code").GetString()), Is.SupersetOf(new[] { "too_dark", "blurred" }));
            Assert.That(refused["detail"].GetString(), Does.Contain("too dark").And.Contain("blurred"));
        });
    }

    [Test]
    public async Task An_enrolled_face_keeps_its_quality_and_the_answer_says_what_was_measured()
    {
        using var admin = await AdminAsync();
        var ada = await admin.CreatePersonAsync();

        var enrolled = (await admin.EnrolAsync(ada, Photos.Portrait)).ShouldBe(HttpStatusCode.Created);
        await ExecuteAsync($"INSERT INTO faces (user_id, encoding) VALUES ({ada}, decode(repeat('00', 512), 'hex'))");
        var listed = (await admin.GetAsync($"/api/v1/users/{ada}/faces")).ShouldBe(HttpStatusCode.OK);

        var quality = enrolled["quality"].GetDouble();
        Assert.Multiple(() =>
        {
            Assert.That(quality, Is.InRange(0.8, 1));
            Assert.That(Names(enrolled["measurements"]), Is.EquivalentTo(Measurements));
            Assert.That(enrolled["measurements.score"].GetDouble(), Is.EqualTo(quality));
            Assert.That(listed["items.0.quality"].GetDouble(), Is.EqualTo(quality));
            Assert.That(listed["items.1.quality"].ValueKind, Is.EqualTo(JsonValueKind.Null), "Another program's face was never graded.");
        });
    }

    [Test]
    public async Task A_photo_too_poor_to_enrol_is_still_compared_and_the_answer_says_how_poor_it_is()
    {
        using var admin = await AdminAsync();
        var ada = await admin.CreatePersonAsync();
        (await admin.EnrolAsync(ada, Photos.Portrait)).ShouldBe(HttpStatusCode.Created);
        var small = SpoiltPhoto.Shrunk(Photos.Portrait, 0.24f);

        var verified = (await admin.VerifyAsync(ada, small)).ShouldBe(HttpStatusCode.OK);
        var compared = (await admin.PostPhotosAsync("/api/v1/faces/compare", ("image1", Photos.Portrait), ("image2", small))).ShouldBe(HttpStatusCode.OK);

        Assert.Multiple(() =>
        {
            Assert.That(verified["verified"].GetBoolean(), Is.True);
            Assert.That(Names(verified["photos.0.measurements"]), Is.EquivalentTo(Measurements));
            Assert.That(verified["photos.0.crossed.0"].GetProperty("code").GetString(), Is.EqualTo("face_too_small"));
            Assert.That(compared["photos"].GetArrayLength(), Is.EqualTo(2));
            Assert.That(compared["photos.0.crossed"].GetArrayLength(), Is.Zero);
            Assert.That(compared["photos.1.crossed"].GetArrayLength(), Is.Positive);
            Assert.That(compared["quality"].GetDouble(), Is.EqualTo(
                Math.Min(compared["photos.0.quality"].GetDouble(), compared["photos.1.quality"].GetDouble())));
        });
    }

    [Test]
    public async Task A_photo_that_cannot_be_compared_at_all_is_refused_by_name()
    {
        using var admin = await AdminAsync();

        var refused = (await admin.PostPhotosAsync(
            "/api/v1/faces/compare", ("image1", Photos.Portrait), ("image2", SpoiltPhoto.Blurred(Photos.Portrait, 17))))
            .ShouldBeProblem(HttpStatusCode.UnprocessableEntity, "blurred");

        Assert.Multiple(() =>
        {
            Assert.That(refused["field"].GetString(), Is.EqualTo("image2"));
            Assert.That(refused["crossed"].GetArrayLength(), Is.Positive);
        });
    }

    [Test]
    public async Task Every_detected_face_comes_with_its_quality()
    {
        using var admin = await AdminAsync();

        var group = (await admin.DetectAsync(Photos.Group)).ShouldBe(HttpStatusCode.OK);
        var poor = (await admin.DetectAsync(SpoiltPhoto.Blurred(Photos.Portrait, 9))).ShouldBe(HttpStatusCode.OK);

        Assert.Multiple(() =>
        {
            foreach (var face in group["faces"].EnumerateArray())
            {
                Assert.That(face.GetProperty("quality").GetDouble(), Is.InRange(0, 1));
                Assert.That(Names(face.GetProperty("measurements")), Is.EquivalentTo(Measurements));
            }

            Assert.That(poor["faces.0.crossed.0"].GetProperty("code").GetString(), Is.EqualTo("blurred"));
        });
    }

    private static TestCaseData Case(string code, string measurement, Func<byte[], byte[]> spoil) =>
        new TestCaseData(code, measurement, spoil).SetArgDisplayNames(code);

    private static IEnumerable<string> Names(JsonElement element) => element.EnumerateObject().Select(member => member.Name);
}
