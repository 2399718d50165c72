using FaceId.Application.Recognition.Accuracy;

namespace FaceId.UnitTests.Recognition.Accuracy;

public sealed class SampleCacheTests
{
    private string _folder = "";

    [SetUp]
    public void SetUp() => _folder = Directory.CreateTempSubdirectory("faceid-cache-").FullName;

    [TearDown]
    public void TearDown() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void What_was_read_is_known_again_until_the_photo_changes()
    {
        var photo = new KnownPhoto("a", Path.Combine(_folder, "a.jpg"));
        File.WriteAllText(photo.File, "photo");
        var cache = SampleCache.Open(Path.Combine(_folder, "cache"));
        cache.Add(new SampledPhoto(photo, "several_faces", Samples.At("a", 3, 0.5, "clear")), Samples.Model, nearestCentre: true);
        cache.Save();

        var again = SampleCache.Open(Path.Combine(_folder, "cache"));
        var found = again.Find(photo, Samples.Model, nearestCentre: true)!;
        Assert.That((found.Refusal, found.Sample!.Quality, found.Sample.QualityBand), Is.EqualTo(("several_faces", (double?)0.5, "clear")));
        Assert.That(found.Sample.Vector.Values.ToArray(), Is.EqualTo(new[] { 3f }));
        Assert.That(again.Find(photo, Samples.Model, nearestCentre: false), Is.Null);
        Assert.That(again.Find(photo, "other", nearestCentre: true), Is.Null);

        File.WriteAllText(photo.File, "another photo");
        Assert.That(again.Find(photo, Samples.Model, nearestCentre: true), Is.Null);
    }

    [Test]
    public void The_file_is_its_owners_alone()
    {
        var path = Path.Combine(_folder, "cache");
        SampleCache.Open(path).Save();

        if (!OperatingSystem.IsWindows())
            Assert.That(File.GetUnixFileMode(path), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Test]
    public void An_older_versions_file_is_empty()
    {
        var path = Path.Combine(_folder, "cache");
        File.WriteAllBytes(path, [16, .. "faceid-samples/1"u8, 1, 0, 0, 0]);
        var photo = new KnownPhoto("a", Path.Combine(_folder, "a.jpg"));
        File.WriteAllText(photo.File, "photo");

        Assert.That(SampleCache.Open(path).Find(photo, Samples.Model, nearestCentre: true), Is.Null);
    }

    [TestCase("some other file of yours")]
    [TestCase("x")]
    public void Another_file_is_left_alone(string content)
    {
        var path = Path.Combine(_folder, "cache");
        File.WriteAllText(path, content);

        Assert.That(() => SampleCache.Open(path), Throws.TypeOf<InvalidDataException>().With.Message.Contains(path));
        Assert.That(File.ReadAllText(path), Is.EqualTo(content));
    }
}
