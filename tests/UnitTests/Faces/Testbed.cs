using System.Text.Json;
using FaceId.Infrastructure.Faces;
using FaceId.Infrastructure.Faces.Dlib;
using FaceId.Infrastructure.Faces.Imaging;

namespace FaceId.UnitTests.Faces;

/// <summary>What the tests of the face engine share: models, dlib's own answers and dlib's sample photos.</summary>
internal static class Testbed
{
    public static string ModelsFolder { get; } = Require(
        Environment.GetEnvironmentVariable("FACEID_MODELS") ?? Path.Combine(Repository, "models"),
        "mmod_human_face_detector.dat", "the face models: run build/models.sh or set FACEID_MODELS");

    public static string Goldens { get; } = Require(
        Path.Combine(Repository, "tests", "reference", "goldens"), "stages.json", "dlib's answers, which belong to the repository");

    /// <summary>dlib's example photos.</summary>
    public static string Examples { get; } = Require(
        Environment.GetEnvironmentVariable("FACEID_DLIB_EXAMPLES") ?? "/usr/share/doc/libdlib19.1/examples",
        "faces/bald_guys.jpg", "dlib's example photos: apt-get install libdlib19.1, or set FACEID_DLIB_EXAMPLES");

    public static FaceModelSet Models { get; } = FaceModelSet.LoadAsync(
        new FaceEngineOptions { ModelsFolder = ModelsFolder }, CancellationToken.None).GetAwaiter().GetResult();

    internal static string Repository
    {
        get
        {
            var folder = AppContext.BaseDirectory;
            while (!File.Exists(Path.Combine(folder, "FaceId.sln")))
            {
                folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("The tests run outside the repository.");
            }

            return folder;
        }
    }

    public static JsonElement Golden(string name)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(Goldens, name)));
        return document.RootElement.Clone();
    }

    public static byte[] Example(string name) => File.ReadAllBytes(Path.Combine(Examples, name));

    /// <summary>Decodes a photo at full size.</summary>
    public static PixelView Decode(byte[] file, PhotoBuffers buffers)
    {
        var photo = new PhotoDecoder(maxBytes: 1 << 26, maxPixels: 1 << 26).Decode(file, int.MaxValue, buffers);
        Assert.That(photo.IsError, Is.False, () => photo.FirstError.Description);
        return photo.Value.Pixels;
    }

    public static PixelView DecodeGolden(string name, PhotoBuffers buffers) => Decode(File.ReadAllBytes(Path.Combine(Goldens, name)), buffers);

    public static Rectangle ToRectangle(this JsonElement e) => new(e[0].GetInt32(), e[1].GetInt32(), e[2].GetInt32(), e[3].GetInt32());

    public static PointD[] ToPoints(this JsonElement e) => [.. e.EnumerateArray().Select(p => new PointD(p[0].GetDouble(), p[1].GetDouble()))];

    public static float[] ToFloats(this JsonElement e) => [.. e.EnumerateArray().Select(v => v.GetSingle())];

    public static double Iou(Rectangle a, Rectangle b)
    {
        double shared = a.Intersect(b).Area;
        return shared / (a.Area + b.Area - shared);
    }

    public static double Distance(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++)
        {
            sum += ((double)a[i] - b[i]) * ((double)a[i] - b[i]);
        }

        return Math.Sqrt(sum);
    }

    /// <summary>dlib's choice of the face of a photo: the largest.</summary>
    public static Detection Largest(IEnumerable<Detection> detections) => detections.MaxBy(d => d.Box.Area);

    private static string Require(string folder, string file, string what) =>
        File.Exists(Path.Combine(folder, file))
            ? folder
            : throw new FileNotFoundException($"The tests of the face engine need {what}. '{Path.Combine(folder, file)}' does not exist.");
}
