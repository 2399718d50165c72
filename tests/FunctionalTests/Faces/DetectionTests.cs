using System.Net;
using FaceId.FunctionalTests.Support;

namespace FaceId.FunctionalTests.Faces;

public sealed class DetectionTests : ServerTests
{
    [Test]
    public async Task Faces_are_found_with_boxes_scores_and_five_landmarks()
    {
        using var admin = await AdminAsync();

        var found = (await admin.DetectAsync(Photos.Portrait)).ShouldBe(HttpStatusCode.OK);

        Assert.Multiple(() =>
        {
            Assert.That(found["width"].GetInt32(), Is.EqualTo(640));
            Assert.That(found["height"].GetInt32(), Is.EqualTo(640));
            Assert.That(found["faces"].GetArrayLength(), Is.EqualTo(1));
            Assert.That(found["faces.0.box.width"].GetInt32(), Is.InRange(100, 640));
            Assert.That(found["faces.0.score"].GetDouble(), Is.GreaterThan(0.5));
            Assert.That(found["faces.0.landmarks"].GetArrayLength(), Is.EqualTo(5));
            Assert.That(found["faces.0"].TryGetProperty("encoding", out _), Is.False, "Only when asked for.");
            Assert.That(found["scan.thorough"].GetBoolean(), Is.False);
        });
    }

    [Test]
    public async Task A_thorough_scan_says_so_and_an_administrator_may_see_the_numbers()
    {
        using var admin = await AdminAsync();

        var found = (await admin.DetectAsync(Photos.JohnSalley, "?thorough=true&encodings=true")).ShouldBe(HttpStatusCode.OK);

        Assert.Multiple(() =>
        {
            Assert.That(found["scan.thorough"].GetBoolean(), Is.True);
            Assert.That(found["faces.0.encoding"].GetArrayLength(), Is.EqualTo(128));
        });
    }

    [Test]
    public async Task A_photo_without_faces_is_an_empty_list_and_no_error()
    {
        using var admin = await AdminAsync();

        Assert.That((await admin.DetectAsync(Photos.Empty)).ShouldBe(HttpStatusCode.OK)["faces"].GetArrayLength(), Is.Zero);
    }

    [TestCase("?thorough=perhaps")]
    [TestCase("?encodings=2")]
    public async Task A_wrong_option_is_refused(string query)
    {
        using var admin = await AdminAsync();

        (await admin.DetectAsync(Photos.Empty, query)).ShouldBeProblem(HttpStatusCode.BadRequest, "validation");
    }
}
