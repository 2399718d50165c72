using FaceId.Application.Faces;
using FaceId.Domain.Faces;
using FaceId.Infrastructure.Configuration;
using FaceId.Infrastructure.Faces;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using SkiaSharp;

namespace FaceId.UnitTests.Faces;

/// <summary>The engine behind its port.</summary>
internal sealed class FaceEngineTests
{
    private FaceEngine _engine = null!;

    [OneTimeSetUp]
    public void Start() => _engine = Engine(new FaceEngineOptions());

    [OneTimeTearDown]
    public void Stop() => _engine.Dispose();

    [Test]
    public async Task An_engine_is_warm_once_its_models_have_run()
    {
        using var engine = Engine(new FaceEngineOptions());
        Assert.That(engine.IsWarm, Is.False);
        await engine.WarmUpAsync(CancellationToken.None);
        Assert.That(engine.IsWarm, Is.True);
        await engine.WarmUpAsync(CancellationToken.None);
    }

    [Test]
    public void A_missing_model_is_named_with_the_command_that_fetches_it()
    {
        using var engine = Engine(new FaceEngineOptions(), "/nowhere");
        var error = Assert.ThrowsAsync<StartupException>(() => engine.WarmUpAsync(CancellationToken.None));
        Assert.That(error.Message, Does.Contain("/nowhere").And.Contain("build/models.sh"));
    }

    [Test]
    public async Task A_portrait_gives_one_face_with_five_points_and_a_vector()
    {
        var analysis = await Analyse(Testbed.Example("johns/John_Salley/000179_02159509.jpg"), new AnalysisOptions(Encode: EncodeFaces.WhenSingle));
        Assert.That((analysis.Width, analysis.Height), Is.EqualTo((150, 150)));
        Assert.That(analysis.Faces, Has.Count.EqualTo(1));
        Assert.That(analysis.Faces[0].Landmarks, Has.Count.EqualTo(5));
        Assert.That(analysis.Faces[0].Opinions!.Dlib.Model, Is.EqualTo(FaceModels.Dlib));
        Assert.That(analysis.Faces[0].Opinions!.Dlib.Values.Length, Is.EqualTo(FaceModels.DlibLength));
    }

    [Test]
    public async Task Faces_are_encoded_only_as_asked()
    {
        var group = Testbed.Example("faces/bald_guys.jpg");
        Assert.That((await Analyse(group, new AnalysisOptions())).Faces.Select(f => f.Opinions), Is.All.Null);
        Assert.That((await Analyse(group, new AnalysisOptions(Encode: EncodeFaces.WhenSingle))).Faces.Select(f => f.Opinions), Is.All.Null);
        Assert.That((await Analyse(group, new AnalysisOptions(Encode: EncodeFaces.All))).Faces.Select(f => f.Opinions), Is.All.Not.Null);
    }

    [Test]
    public async Task Faces_come_with_the_largest_score_first()
    {
        var analysis = await Analyse(Testbed.Example("faces/bald_guys.jpg"), new AnalysisOptions(Thorough: true));
        Assert.That(analysis.Faces.Select(f => f.Score), Is.Ordered.Descending);
        Assert.That(analysis.Faces, Has.Count.GreaterThan(10));
    }

    [Test]
    public async Task A_coarse_scan_finds_every_face_of_at_least_half_the_largest_ones_side()
    {
        foreach (var photo in Testbed.Golden("faces.json").EnumerateArray())
        {
            var file = Testbed.Example("faces/" + photo.GetProperty("photo").GetString());
            var coarse = await Analyse(file, new AnalysisOptions());
            var boxes = photo.GetProperty("detections").EnumerateArray().Select(d => d.GetProperty("rect").ToRectangle()).ToArray();
            var largest = boxes.Length == 0 ? 0 : boxes.Max(b => b.Width);
            foreach (var box in boxes.Where(b => b.Width > 0.55 * largest))
            {
                var found = coarse.Faces.Any(f => Testbed.Iou(new(f.Box.X, f.Box.Y, f.Box.X + f.Box.Width - 1, f.Box.Y + f.Box.Height - 1), box) > 0.6);
                Assert.That(found, Is.True, $"{photo.GetProperty("photo")}: {box}");
            }
        }
    }

    [Test]
    public async Task A_face_in_a_large_photo_is_found_and_measured_in_pixels_of_that_photo()
    {
        var file = Placed("johns/John_Salley/000179_02159509.jpg", 4000, 3000, 1500, 900, 900);
        foreach (var thorough in new[] { false, true })
        {
            var analysis = await Analyse(file, new AnalysisOptions(thorough));
            Assert.That((analysis.Width, analysis.Height), Is.EqualTo((4000, 3000)));
            Assert.That(analysis.Faces, Has.Count.EqualTo(1));
            var box = analysis.Faces[0].Box;
            Assert.That(Testbed.Iou(new(box.X, box.Y, box.X + box.Width, box.Y + box.Height), new(1602, 942, 2286, 1626)), Is.GreaterThan(0.7));
            Assert.That(analysis.Scan.LongSide, Is.LessThanOrEqualTo(1920));
            Assert.That(analysis.Scan.Thorough, Is.False, "a reduced photo was not scanned at full size");
        }
    }

    [Test]
    public async Task What_was_scanned_is_told()
    {
        var empty = await Analyse(Blank(640, 480), new AnalysisOptions());
        Assert.That(empty.Faces, Is.Empty);
        Assert.That(empty.Scan, Is.EqualTo(new ScanInfo(false, 1280, 40)), "a small photo without a face is looked at twice as large");
        var thorough = await Analyse(Blank(640, 480), new AnalysisOptions(Thorough: true));
        Assert.That(thorough.Scan, Is.EqualTo(new ScanInfo(true, 640, 80)));
        var reduced = await Analyse(Blank(2560, 1000), new AnalysisOptions());
        Assert.That(reduced.Scan, Is.EqualTo(new ScanInfo(false, 1280, 160)));
    }

    [TestCase(1, 1)]
    [TestCase(3, 200)]
    [TestCase(200, 3)]
    [TestCase(16, 16)]
    public async Task A_tiny_or_narrow_picture_holds_no_face(int width, int height)
    {
        Assert.That((await Analyse(Blank(width, height), new AnalysisOptions())).Faces, Is.Empty);
        Assert.That((await Analyse(Blank(width, height), new AnalysisOptions(Thorough: true))).Faces, Is.Empty);
    }

    [Test]
    public async Task Many_threads_get_the_same_answers()
    {
        string[] names = ["faces/2008_001322.jpg", "johns/John_Salley/000179_02159509.jpg", "faces/Tom_Cruise_avp_2014_4.jpg"];
        using var engine = Engine(new FaceEngineOptions { Workers = 4, QueueLength = 100 });
        var options = new AnalysisOptions(Encode: EncodeFaces.All);
        var expected = new List<float[]>();
        foreach (var name in names)
        {
            expected.Add(Numbers((await engine.AnalyseAsync(Testbed.Example(name), options, CancellationToken.None)).Value));
        }

        await Parallel.ForEachAsync(Enumerable.Range(0, 30), new ParallelOptions { MaxDegreeOfParallelism = 10 }, async (i, token) =>
        {
            var analysis = await engine.AnalyseAsync(Testbed.Example(names[i % 3]), options, token);
            Assert.That(Numbers(analysis.Value), Is.EqualTo(expected[i % 3]));
        });
    }

    [Test]
    public async Task Who_comes_when_the_queue_is_full_is_told_to_come_back()
    {
        using var engine = Engine(new FaceEngineOptions { Workers = 1, QueueLength = 1 });
        await engine.WarmUpAsync(CancellationToken.None);
        var photo = Testbed.Example("faces/bald_guys.jpg");
        var asked = Enumerable.Range(0, 20).Select(_ => engine.AnalyseAsync(photo, new AnalysisOptions(), CancellationToken.None)).ToArray();
        var answers = await Task.WhenAll(asked);
        Assert.That(answers.Count(a => !a.IsError), Is.InRange(2, 19));
        var refused = answers.First(a => a.IsError).FirstError;
        Assert.That(refused.Code, Is.EqualTo("busy"));
        Assert.That(refused.Metadata!["retryAfter"], Is.InstanceOf<TimeSpan>().And.GreaterThanOrEqualTo(TimeSpan.FromSeconds(1)));
        Assert.That((await engine.AnalyseAsync(photo, new AnalysisOptions(), CancellationToken.None)).IsError, Is.False, "the queue is free again");
    }

    [Test]
    public async Task Who_hangs_up_ends_the_scan()
    {
        using var engine = Engine(new FaceEngineOptions());
        await engine.WarmUpAsync(CancellationToken.None);
        using var source = new CancellationTokenSource();
        var scan = engine.AnalyseAsync(Blank(1920, 1080), new AnalysisOptions(Thorough: true), source.Token);

        // A little later, when the photo is being worked on. On a thread of its own: a timer would wait for one of the pool, and the
        // scan may have them all.
        var hangingUp = new Thread(() =>
        {
            Thread.Sleep(TimeSpan.FromMilliseconds(20));
            source.Cancel();
        });
        hangingUp.Start();
        Assert.That(async () => await scan, Throws.InstanceOf<OperationCanceledException>());
        hangingUp.Join();
    }

    /// <summary>Of all faces what dlib says, what the second network says and the template of both.</summary>
    private static float[] Numbers(PhotoAnalysis analysis) =>
        [.. analysis.Faces.SelectMany(f => (float[])[.. f.Opinions!.Dlib.Values.ToArray(), .. f.Opinions.Second!.Values.ToArray(), .. f.Opinions.Template!.ToNumbers()])];

    private static FaceEngine Engine(FaceEngineOptions options, string? models = null)
    {
        options.ModelsFolder = models ?? Testbed.ModelsFolder;
        return new FaceEngine(Options.Create(options), TimeProvider.System, NullLogger<FaceEngine>.Instance);
    }

    private static byte[] Blank(int width, int height)
    {
        using var bitmap = new SKBitmap(width, height);
        bitmap.Erase(SKColors.Gray);
        using var image = SKImage.FromBitmap(bitmap);
        return image.Encode(SKEncodedImageFormat.Png, 100).ToArray();
    }

    /// <summary>A grey photo with an example photo drawn into it.</summary>
    private static byte[] Placed(string example, int width, int height, int x, int y, int side)
    {
        using var bitmap = new SKBitmap(width, height);
        bitmap.Erase(SKColors.Gray);
        using var face = SKBitmap.Decode(Testbed.Example(example));
        using var canvas = new SKCanvas(bitmap);
        using var faceImage = SKImage.FromBitmap(face);
        canvas.DrawImage(faceImage, new SKRect(x, y, x + side, y + side), new SKSamplingOptions(SKCubicResampler.Mitchell));
        using var image = SKImage.FromBitmap(bitmap);
        return image.Encode(SKEncodedImageFormat.Jpeg, 90).ToArray();
    }

    private async Task<PhotoAnalysis> Analyse(byte[] file, AnalysisOptions options)
    {
        var analysis = await _engine.AnalyseAsync(file, options, CancellationToken.None);
        Assert.That(analysis.IsError, Is.False, () => analysis.FirstError.Description);
        return analysis.Value;
    }
}
