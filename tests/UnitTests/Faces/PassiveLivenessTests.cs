using FaceId.Application.Faces;
using FaceId.Application.Recognition.Liveness;
using FaceId.Benchmarks.Onnx;
using FaceId.Domain.Faces;
using FaceId.Domain.Recognition.Liveness;
using FaceId.Infrastructure.Faces;
using FaceId.Infrastructure.Faces.Dlib;
using FaceId.Infrastructure.Faces.Imaging;
using FaceId.Infrastructure.Faces.Mobile;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace FaceId.UnitTests.Faces;

/// <summary>The advice of the passive liveness network: what it is made from, and what of it a session keeps.</summary>
internal sealed class PassiveLivenessTests
{
    private static readonly DateTimeOffset Begun = new(2026, 11, 25, 9, 0, 0, TimeSpan.Zero);

    [TestCase("female_0.jpg")]
    [TestCase("male_0.jpg")]
    public async Task The_score_of_a_photo_is_what_ONNX_Runtime_says_of_its_face_and_surroundings(string name)
    {
        using var runtime = new OnnxNetwork(await File.ReadAllBytesAsync(Path.Combine(Testbed.ModelsFolder, LivenessNetwork.File)));
        using var engine = Engine(PassiveLiveness.Advice);
        using var without = Engine(PassiveLiveness.Off);
        var photo = await File.ReadAllBytesAsync(Path.Combine(Testbed.Repository, "tests", "photos", name));
        var asked = new AnalysisOptions(Encode: EncodeFaces.WhenSingle, Passive: true);

        var face = (await engine.AnalyseAsync(photo, asked, CancellationToken.None)).Value.Faces.Single();
        var again = (await engine.AnalyseAsync(photo, asked, CancellationToken.None)).Value.Faces.Single();
        var expected = runtime.Run(Surroundings(photo, face.Box), 3, LivenessNetwork.Side, LivenessNetwork.Side);

        var score = Math.Exp(expected[0]) / expected.Sum(value => Math.Exp(value));
        TestContext.Out.WriteLine($"{face.PassiveScore}, by ONNX Runtime {score}");
        Assert.That(face.PassiveScore, Is.EqualTo(score).Within(1e-3));
        Assert.That(again.PassiveScore, Is.EqualTo(face.PassiveScore), "The same photo, the same score.");
        Assert.That((await engine.AnalyseAsync(photo, asked with { Passive = false }, CancellationToken.None)).Value.Faces.Single().PassiveScore, Is.Null, "not asked for");
        Assert.That((await without.AnalyseAsync(photo, asked, CancellationToken.None)).Value.Faces.Single().PassiveScore, Is.Null, "switched off");
    }

    [Test]
    public void A_session_keeps_the_median_of_the_first_three_scores_of_frames_that_look_ahead()
    {
        var run = new LivenessRun { Steps = [LivenessStep.Center, LivenessStep.Left, LivenessStep.Up, LivenessStep.Right, LivenessStep.Left], StartedAt = Begun };
        Assert.That(run.PassiveScore, Is.Null);

        (double Aside, double Score, double? Seen)[] frames = [(0.2, 0.99, null), (0, 0.2, 0.2), (0.01, 0.6, 0.4), (0.19, 0.99, 0.4), (0, 0.3, 0.3), (0, 0.99, 0.3)];
        foreach (var (i, frame) in frames.Index())
        {
            var taken = run.Take(1000 * i, i, View(frame.Aside, frame.Score), Begun + TimeSpan.FromSeconds(i));
            Assert.That(taken.IsError, Is.False, () => taken.FirstError.Code);
            run = taken.Value.Run;
            Assert.That(run.PassiveScore, Is.EqualTo(frame.Seen).Within(1e-9), $"frame {i}");
        }

        Assert.That(run.WantsPassiveScore, Is.False);
    }

    /// <summary>A face whose nose lies so far aside of the middle of the eyes.</summary>
    private static LivenessRun.View View(double aside, double score)
    {
        (double X, double Y)[] points = [(100, 50), (70, 50), (0, 50), (30, 50), (50 + 100 * aside, 90)];
        var pixels = new byte[FacePatch.Side * FacePatch.Side];
        new Random(1).NextBytes(pixels);
        return new LivenessRun.View(
            HeadPose.From(points)!, FacePatch.From(pixels, points), new FaceOpinions(new FaceVector(FaceModels.Dlib, new float[FaceModels.DlibLength]), null, null), score);
    }

    private static FaceEngine Engine(PassiveLiveness passive) => new(
        Options.Create(new FaceEngineOptions { ModelsFolder = Testbed.ModelsFolder, PassiveLiveness = passive }), TimeProvider.System, NullLogger<FaceEngine>.Instance);

    /// <summary>The picture that the network is to see, by the words of docs/accuracy.md: the box 2.7 times as large, or as large as the photo allows, moved to lie inside.</summary>
    private static unsafe float[] Surroundings(byte[] file, FaceBox box)
    {
        using var buffers = new PhotoBuffers();
        var photo = Testbed.Decode(file, buffers);
        var larger = Math.Min(2.7, Math.Min((photo.Width - 1.0) / box.Width, (photo.Height - 1.0) / box.Height));
        double width = box.Width * larger, height = box.Height * larger;
        var left = (int)Math.Clamp(box.X + (box.Width - width) / 2, 0, photo.Width - 1 - width);
        var top = (int)Math.Clamp(box.Y + (box.Height - height) / 2, 0, photo.Height - 1 - height);
        const int side = LivenessNetwork.Side;
        var planes = new float[3 * side * side];
        for (var i = 0; i < planes.Length; i++)
        {
            var x = Math.Clamp((i % side + 0.5) * (int)width / side - 0.5, 0, (int)width - 1);
            var y = Math.Clamp((i / side % side + 0.5) * (int)height / side - 0.5, 0, (int)height - 1);
            double At(int column, int row) =>
                photo.Row(top + Math.Min(row, (int)height - 1))[(left + Math.Min(column, (int)width - 1)) * PixelView.BytesPerPixel + i / (side * side)];
            var (across, down) = (x - Math.Floor(x), y - Math.Floor(y));
            planes[i] = (float)Math.Round(
                (1 - down) * ((1 - across) * At((int)x, (int)y) + across * At((int)x + 1, (int)y))
                + down * ((1 - across) * At((int)x, (int)y + 1) + across * At((int)x + 1, (int)y + 1)));
        }

        return planes;
    }
}
