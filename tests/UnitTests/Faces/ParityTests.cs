using System.Text.Json;
using FaceId.Infrastructure.Faces.Dlib;
using FaceId.Infrastructure.Faces.Imaging;
using FaceId.Infrastructure.Faces.Kernels;

namespace FaceId.UnitTests.Faces;

/// <summary>Each stage against what dlib itself answers; tests/reference/README.md says how the answers were made.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed unsafe class ParityTests
{
    private const double DescriptorTolerance = 1e-5;
    private const double ScoreTolerance = 1e-4;

    private static readonly string[] PhotoSets = ["johns", "faces"];

    private static JsonElement Stages { get; } = Testbed.Golden("stages.json");

    [TestCaseSource(nameof(PhotoSets))]
    public void A_decoded_photo_has_the_pixels_that_dlib_reads(string set)
    {
        using var buffers = new PhotoBuffers();
        foreach (var photo in Photos(set))
        {
            var pixels = Testbed.Decode(photo.File, buffers);
            Assert.That(Sums(pixels), Is.EqualTo(photo.Golden.GetProperty("pixels").GetProperty("sums").EnumerateArray().Select(s => s.GetInt64())), photo.Name);
        }
    }

    [Test]
    public void The_levels_of_a_pyramid_lie_where_dlib_puts_them()
    {
        foreach (var plane in Stages.GetProperty("planes").EnumerateArray())
        {
            int width = plane.GetProperty("width").GetInt32(), height = plane.GetProperty("height").GetInt32();
            if (Math.Min(width, height) < 16)
            {
                // dlib lays pictures of a few pixels outside its plane; no face has room there.
                continue;
            }

            var layout = PyramidLayout.Full(width, height);
            Assert.That(layout.Levels, Is.EqualTo(plane.GetProperty("levels").EnumerateArray().Select(l => l.ToRectangle())));
            Assert.That((layout.Width, layout.Height), Is.EqualTo((plane.GetProperty("planeWidth").GetInt32(), plane.GetProperty("planeHeight").GetInt32())));
        }
    }

    [Test]
    public void The_detector_sees_the_plane_that_dlib_sees()
    {
        using var buffers = new PhotoBuffers();
        using var builder = new PyramidBuilder();
        using var memory = new NativeBuffer<float>();
        var golden = Stages.GetProperty("detector").GetProperty("small");
        var image = Testbed.DecodeGolden(golden.GetProperty("picturePng").GetString()!, buffers);
        var expected = Floats(golden.GetProperty("plane").GetString()!);
        var layout = PyramidLayout.Full(image.Width, image.Height);
        var plane = new FeatureMap(memory, layout.Height, layout.Width, PyramidPlane.Channels, 0, 8);
        builder.Fill(image, new PixelMeans(122.782f, 117.001f, 104.298f), layout, plane);
        var worst = 0.0;
        for (var y = 0; y < layout.Height; y++)
        {
            for (var x = 0; x < layout.Width; x++)
            {
                for (var channel = 0; channel < 3; channel++)
                {
                    worst = Math.Max(worst, Math.Abs(plane.At(y, x)[channel] - expected[(channel * layout.Height + y) * layout.Width + x]));
                }
            }
        }

        Assert.That(worst, Is.LessThan(1e-6));
    }

    [TestCase("small")]
    [TestCase("group")]
    public void The_detector_gives_each_place_the_score_that_dlib_gives(string name)
    {
        using var buffers = new PhotoBuffers();
        using var workspace = new ScanWorkspace();
        var golden = Stages.GetProperty("detector").GetProperty(name);
        var image = Testbed.DecodeGolden(golden.GetProperty("picturePng").GetString()!, buffers);
        var expected = Floats(golden.GetProperty("scores").GetString()!);
        var model = ReadDetector();
        using var network = new MmodNetwork(model);
        var layout = PyramidLayout.Full(image.Width, image.Height);
        var plane = network.Plane(layout.Height, layout.Width, workspace.Network);
        workspace.Pyramid.Fill(image, model.Means, layout, plane);
        var scores = network.Score(plane, workspace.Network, CancellationToken.None, out var rows, out var columns);
        Assert.That(rows * columns, Is.EqualTo(expected.Length));
        var worst = Worst(scores, expected);
        Report("scores", worst);
        Assert.That(worst, Is.LessThan(ScoreTolerance));
    }

    /// <summary>The first layers work in strips, whose ends must leave no trace.</summary>
    [Test]
    public unsafe void A_place_has_the_same_score_however_high_the_plane_is()
    {
        const int width = 150;
        // Rows whose surroundings reach the lower edge: two for each of three layers, four for the last.
        const int atTheEdge = 10;
        using var workspace = new ScanWorkspace();
        using var network = new MmodNetwork(ReadDetector());
        var random = new Random(5);
        var picture = Enumerable.Range(0, 420 * width * PyramidPlane.Channels)
            .Select(i => i % PyramidPlane.Channels == 3 ? 0 : random.NextSingle() - 0.5f).ToArray();
        var expected = Score(network, picture, 420, width, workspace, out var columns, out _);
        for (var height = 40; height < 420; height += 3)
        {
            var scores = Score(network, picture, height, width, workspace, out _, out var rows);
            var same = Math.Max(0, rows - atTheEdge) * columns;
            Assert.That(Worst(scores.AsSpan(0, same), expected.AsSpan(0, same)), Is.LessThan(ScoreTolerance), $"height {height}");

            // What the memory held before must not show, at the edge neither.
            using var dirty = new ScanWorkspace();
            const int floats = 1 << 20;
            new Span<float>(dirty.Network.Strip(0).Take(floats), floats).Fill(float.NaN);
            new Span<float>(dirty.Network.Strip(1).Take(floats), floats).Fill(float.NaN);
            Assert.That(Score(network, picture, height, width, dirty, out _, out _), Is.EqualTo(scores).Within(ScoreTolerance), $"height {height}");
        }
    }

    [TestCaseSource(nameof(PhotoSets))]
    public void A_thorough_scan_finds_the_faces_that_dlib_finds_and_no_others(string set)
    {
        using var buffers = new PhotoBuffers();
        using var workspace = new ScanWorkspace();
        foreach (var photo in Photos(set))
        {
            var found = Testbed.Models.Scanner.ScanAll(Testbed.Decode(photo.File, buffers), workspace, CancellationToken.None);
            var expected = photo.Golden.GetProperty("detections").EnumerateArray().ToArray();
            Assert.That(found, Has.Count.EqualTo(expected.Length), photo.Name);
            foreach (var face in expected)
            {
                var nearest = found.MaxBy(f => Testbed.Iou(f.Box, face.GetProperty("rect").ToRectangle()));
                Assert.That(Testbed.Iou(nearest.Box, face.GetProperty("rect").ToRectangle()), Is.GreaterThanOrEqualTo(0.9), photo.Name);
                Assert.That(nearest.Score, Is.EqualTo(face.GetProperty("confidence").GetDouble()).Within(ScoreTolerance), photo.Name);
            }
        }
    }

    [TestCaseSource(nameof(PhotoSets))]
    public void The_five_points_lie_where_dlib_finds_them(string set)
    {
        using var buffers = new PhotoBuffers();
        var points = new PointD[ShapePredictor.Points];
        foreach (var photo in Photos(set))
        {
            var image = Testbed.Decode(photo.File, buffers);
            foreach (var face in photo.Golden.GetProperty("detections").EnumerateArray())
            {
                Testbed.Models.Landmarks.Predict(image, face.GetProperty("rect").ToRectangle(), points);
                var expected = face.GetProperty("landmarksUnrounded").ToPoints();
                for (var i = 0; i < points.Length; i++)
                {
                    Assert.That(points[i].X, Is.EqualTo(expected[i].X).Within(0.01), photo.Name);
                    Assert.That(points[i].Y, Is.EqualTo(expected[i].Y).Within(0.01), photo.Name);
                }
            }
        }
    }

    [TestCaseSource(nameof(PhotoSets))]
    public void A_chip_has_the_pixels_that_dlib_cuts_out(string set)
    {
        using var buffers = new PhotoBuffers();
        using var goldenBuffers = new PhotoBuffers();
        using var scratch = new FaceChip.Scratch();
        var compared = 0;
        foreach (var photo in Photos(set))
        {
            var image = Testbed.Decode(photo.File, buffers);
            foreach (var face in photo.Golden.GetProperty("detections").EnumerateArray())
            {
                if (!face.TryGetProperty("chipPng", out var png))
                {
                    continue;
                }

                var chip = Cut(image, face.GetProperty("landmarks").ToPoints(), scratch);
                var expected = Testbed.DecodeGolden(png.GetString()!, goldenBuffers);
                var (differing, worst) = Differences(chip, expected);
                Assert.That(worst, Is.LessThanOrEqualTo(1), photo.Name);
                Assert.That(differing, Is.LessThan(10), photo.Name);
                compared++;
            }
        }

        Assert.That(compared, Is.GreaterThan(3));
    }

    [Test]
    public void An_aligned_photo_gives_the_descriptor_that_dlib_gives()
    {
        using var buffers = new PhotoBuffers();
        using var workspace = new ResNetWorkspace();
        var vector = new float[Testbed.Models.Encoder.Length];
        var worst = 0.0;
        foreach (var photo in Photos("johns"))
        {
            Testbed.Models.Encoder.Run(Testbed.Decode(photo.File, buffers).Pixels, vector, workspace);
            var difference = Worst(vector, photo.Golden.GetProperty("photoAsChipDescriptor").ToFloats());
            Assert.That(difference, Is.LessThan(DescriptorTolerance), photo.Name);
            worst = Math.Max(worst, difference);
        }

        Report("descriptors of one chip", worst);
    }

    [TestCaseSource(nameof(PhotoSets))]
    public void A_face_gives_the_descriptor_that_dlib_gives(string set)
    {
        using var buffers = new PhotoBuffers();
        using var scratch = new FaceChip.Scratch();
        using var workspace = new ResNetWorkspace();
        var vector = new float[Testbed.Models.Encoder.Length];
        var worst = 0.0;
        foreach (var photo in Photos(set))
        {
            var image = Testbed.Decode(photo.File, buffers);
            foreach (var face in photo.Golden.GetProperty("detections").EnumerateArray())
            {
                fixed (byte* chip = Cut(image, face.GetProperty("landmarks").ToPoints(), scratch))
                {
                    Testbed.Models.Encoder.Run(chip, vector, workspace);
                }

                var difference = Worst(vector, face.GetProperty("descriptor").ToFloats());
                Assert.That(difference, Is.LessThan(DescriptorTolerance), photo.Name);
                worst = Math.Max(worst, difference);
            }
        }

        Report("descriptors of one rectangle", worst);
    }

    [Test]
    public void Boxes_overlap_when_dlib_says_that_they_do()
    {
        var options = Stages.GetProperty("detectorOptions");
        double iou = options.GetProperty("nmsIou").GetDouble(), covered = options.GetProperty("nmsPercentCovered").GetDouble();
        foreach (var pair in Stages.GetProperty("overlaps").EnumerateArray())
        {
            Rectangle a = pair.GetProperty("a").ToRectangle(), b = pair.GetProperty("b").ToRectangle();
            Assert.That(a.Overlaps(b, iou, covered), Is.EqualTo(pair.GetProperty("overlaps").GetBoolean()), $"{a} {b}");
        }
    }

    private static unsafe float[] Score(
        MmodNetwork network, float[] picture, int height, int width, ScanWorkspace workspace, out int columns, out int rows)
    {
        var plane = network.Plane(height, width, workspace.Network);
        plane.ClearMargin();
        for (var y = 0; y < height; y++)
        {
            picture.AsSpan(y * width * PyramidPlane.Channels, width * PyramidPlane.Channels)
                .CopyTo(new Span<float>(plane.At(y, 0), width * PyramidPlane.Channels));
        }

        return network.Score(plane, workspace.Network, CancellationToken.None, out rows, out columns).ToArray();
    }

    /// <summary>Says how far we are from dlib, for docs/engine.md.</summary>
    private static void Report(string what, double worst) =>
        TestContext.Out.WriteLine($"Largest difference between {what}: {worst:0.0e0}");

    private static MmodModel ReadDetector() =>
        MmodModel.From(DlibNetwork.Read(File.ReadAllBytes(Path.Combine(Testbed.ModelsFolder, "mmod_human_face_detector.dat"))));

    private static IEnumerable<(string Name, byte[] File, JsonElement Golden)> Photos(string set) =>
        Testbed.Golden(set + ".json").EnumerateArray().Select(golden =>
        {
            var name = golden.GetProperty("photo").GetString()!;
            return (name, Testbed.Example(Path.Combine(set, name)), golden);
        });

    private static byte[] Cut(PixelView image, PointD[] points, FaceChip.Scratch scratch)
    {
        var chip = new byte[FaceChip.Bytes];
        fixed (byte* to = chip)
        {
            FaceChip.Extract(image, FaceChip.PlaceOf(points), to, scratch);
        }

        return chip;
    }

    private static (int Differing, int Worst) Differences(byte[] chip, PixelView expected)
    {
        int differing = 0, worst = 0;
        for (var i = 0; i < FaceChip.Bytes; i++)
        {
            var difference = i % PixelView.BytesPerPixel == 3 ? 0 : Math.Abs(chip[i] - expected.Pixels[i]);
            differing += Math.Sign(difference);
            worst = Math.Max(worst, difference);
        }

        return (differing, worst);
    }

    private static long[] Sums(PixelView image)
    {
        var sums = new long[3];
        for (var i = 0L; i < (long)image.Width * image.Height; i++)
        {
            for (var channel = 0; channel < 3; channel++)
            {
                sums[channel] += image.Pixels[i * PixelView.BytesPerPixel + channel];
            }
        }

        return sums;
    }

    private static float[] Floats(string name)
    {
        var bytes = File.ReadAllBytes(Path.Combine(Testbed.Goldens, name));
        var floats = new float[bytes.Length / sizeof(float)];
        Buffer.BlockCopy(bytes, 0, floats, 0, bytes.Length);
        return floats;
    }

    private static double Worst(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var worst = 0.0;
        for (var i = 0; i < a.Length; i++)
        {
            worst = Math.Max(worst, Math.Abs((double)a[i] - b[i]));
        }

        return worst;
    }
}
