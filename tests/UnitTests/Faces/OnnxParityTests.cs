using FaceId.Benchmarks.Onnx;
using FaceId.Infrastructure.Faces.Dlib;
using FaceId.Infrastructure.Faces.Imaging;
using FaceId.Infrastructure.Faces.Kernels;
using FaceId.Infrastructure.Faces.Mobile;
using FaceId.Infrastructure.Faces.Onnx;

namespace FaceId.UnitTests.Faces;

/// <summary>Our run of the networks that come as ONNX files, against ONNX Runtime's on the same pictures.</summary>
internal sealed unsafe class OnnxParityTests
{
    private const double LeastCosine = 0.99999;

    /// <summary>Of the 55 photos every so many.</summary>
    private const int Every = 5;

    [Test]
    public void A_face_and_its_mirror_image_give_the_numbers_that_ONNX_Runtime_gives()
    {
        using var runtime = new OnnxNetwork(File(FeatureNetwork.File));
        using var workspace = new MobileWorkspace();
        var network = Testbed.Models.Feature!;
        float[] answers = new float[2 * network.Length], alone = new float[network.Length], mean = new float[network.Length];
        var worst = 1.0;
        foreach (var (name, chip) in FeatureChips())
        {
            fixed (byte* p = chip)
            {
                network.RunPlain(p, answers, workspace);
                network.RunPlain(p, alone, workspace);
                network.Run(p, mean, workspace);
            }

            var original = runtime.Run(Planes(chip, FeatureChip.Side, mirrored: false, 127, 128), 3, FeatureChip.Side, FeatureChip.Side);
            var mirrored = runtime.Run(Planes(chip, FeatureChip.Side, mirrored: true, 127, 128), 3, FeatureChip.Side, FeatureChip.Side);
            double[] cosines = [Cosine(answers.AsSpan(0, network.Length), original), Cosine(answers.AsSpan(network.Length), mirrored), Cosine(mean, Mean(original, mirrored))];
            Assert.That(cosines, Is.All.GreaterThanOrEqualTo(LeastCosine), name);
            Assert.That(Cosine(original, mirrored), Is.LessThan(0.999), "The mirror image must make a difference.");
            Assert.That(alone, Is.EqualTo(answers[..network.Length]), "One picture or two, the answer is the same.");
            Assert.That(Math.Sqrt(mean.Sum(value => (double)value * value)), Is.EqualTo(1).Within(1e-6), name);
            worst = Math.Min(worst, cosines.Min());
        }

        TestContext.Out.WriteLine($"Smallest cosine with ONNX Runtime, faces: 1 - {1 - worst:0.0e0}");
    }

    [Test]
    public void A_picture_is_as_alive_as_ONNX_Runtime_says()
    {
        using var runtime = new OnnxNetwork(File(LivenessNetwork.File));
        using var network = new LivenessNetwork(OnnxGraph.Read(File(LivenessNetwork.File)));
        using var workspace = new MobileWorkspace();
        float[] answers = new float[LivenessNetwork.Kinds], probabilities = new float[LivenessNetwork.Kinds];
        var (worst, least, most) = (0.0, 1f, 0f);
        foreach (var (name, picture) in LivenessPictures())
        {
            fixed (byte* p = picture)
            {
                network.RunPlain(p, answers, workspace);
                network.Run(p, probabilities, workspace);
            }

            var expected = runtime.Run(Planes(picture, LivenessNetwork.Side, mirrored: false, 0, 1), 3, LivenessNetwork.Side, LivenessNetwork.Side);
            Assert.That(Cosine(answers, expected), Is.GreaterThanOrEqualTo(LeastCosine), name);
            var sum = expected.Sum(value => Math.Exp(value));
            for (var i = 0; i < LivenessNetwork.Kinds; i++)
            {
                worst = Math.Max(worst, Math.Abs(probabilities[i] - Math.Exp(expected[i]) / sum));
            }

            (least, most) = (Math.Min(least, probabilities[0]), Math.Max(most, probabilities[0]));
        }

        TestContext.Out.WriteLine($"Largest difference of a probability: {worst:0.0e0}; pictures from {least:0.00} to {most:0.00}");
        Assert.That(worst, Is.LessThan(1e-4));
        Assert.That(most - least, Is.GreaterThan(0.2), "The pictures must not all say the same.");
    }

    private static IEnumerable<(string Name, byte[] Chip)> FeatureChips()
    {
        using var buffers = new PhotoBuffers();
        using var scratch = new FaceChip.Scratch();
        foreach (var (name, image, points) in Johns(buffers))
        {
            var chip = new byte[FeatureChip.Bytes];
            Cut(image, points, chip, scratch);
            yield return (name, chip);
        }
    }

    private static void Cut(PixelView image, PointD[] points, byte[] chip, FaceChip.Scratch scratch)
    {
        fixed (byte* to = chip)
        {
            FeatureChip.Extract(image, FeatureChip.PlaceOf(points), to, scratch);
        }
    }

    /// <summary>Whole photos, reduced to the network's size.</summary>
    private static IEnumerable<(string Name, byte[] Picture)> LivenessPictures()
    {
        using var buffers = new PhotoBuffers();
        using var pixels = new NativeBuffer<byte>();
        using var sums = new NativeBuffer<float>();
        foreach (var (name, image, _) in Johns(buffers))
        {
            yield return (name, Reduced(image, pixels, sums));
        }
    }

    private static byte[] Reduced(PixelView image, NativeBuffer<byte> pixels, NativeBuffer<float> sums)
    {
        const int side = LivenessNetwork.Side;
        return new Span<byte>(Pixels.Shrink(image, side, side, pixels, sums).Pixels, side * side * PixelView.BytesPerPixel).ToArray();
    }

    private static IEnumerable<(string Name, PixelView Image, PointD[] Points)> Johns(PhotoBuffers buffers)
    {
        foreach (var (index, golden) in Testbed.Golden("johns.json").EnumerateArray().Index())
        {
            var faces = golden.GetProperty("detections");
            if (index % Every == 0 && faces.GetArrayLength() > 0)
            {
                var name = golden.GetProperty("photo").GetString()!;
                yield return (name, Testbed.Decode(Testbed.Example(Path.Combine("johns", name)), buffers), faces[0].GetProperty("landmarksUnrounded").ToPoints());
            }
        }
    }

    private static byte[] File(string name) => System.IO.File.ReadAllBytes(Path.Combine(Testbed.ModelsFolder, name));

    /// <summary>Red, green and blue one after the other, as ONNX models want them.</summary>
    private static float[] Planes(byte[] picture, int side, bool mirrored, float middle, float range)
    {
        var planes = new float[3 * side * side];
        for (var i = 0; i < planes.Length; i++)
        {
            int channel = i / (side * side), y = i / side % side, x = i % side;
            planes[i] = (picture[(y * side + (mirrored ? side - 1 - x : x)) * PixelView.BytesPerPixel + channel] - middle) / range;
        }

        return planes;
    }

    private static float[] Mean(float[] a, float[] b)
    {
        double ofA = Math.Sqrt(a.Sum(value => (double)value * value)), ofB = Math.Sqrt(b.Sum(value => (double)value * value));
        return [.. a.Zip(b, (x, y) => (float)(x / ofA + y / ofB))];
    }

    private static double Cosine(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double product = 0, ofA = 0, ofB = 0;
        for (var i = 0; i < a.Length; i++)
        {
            product += (double)a[i] * b[i];
            ofA += (double)a[i] * a[i];
            ofB += (double)b[i] * b[i];
        }

        return product / Math.Sqrt(ofA * ofB);
    }
}
