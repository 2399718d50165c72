using System.Globalization;
using FaceId.Application.Faces;
using FaceId.Application.Recognition.Liveness;
using FaceId.Domain.Recognition.Liveness;
using FaceId.FunctionalTests.Support;
using Microsoft.Extensions.DependencyInjection;
using SkiaSharp;

namespace FaceId.FunctionalTests.Recognition;

/// <summary>
/// The figures of docs/accuracy.md, "Presentation attacks": whole sessions made from the photos in FACEID_STUDY_PORTRAITS (one face a
/// photo) and FACEID_STUDY_PEOPLE (a folder a person). Prints a table; run it by name.
/// </summary>
[Explicit("Takes minutes, and photos that are not in the repository."), Category("Study")]
public sealed class PresentationAttackStudy
{
    private static readonly string[][] Challenges =
    [
        ["center", "left", "up", "right", "left"],
        ["center", "right", "left", "up", "right"],
        ["center", "up", "right", "left", "up"],
        ["center", "left", "right", "left", "right"],
    ];

    private readonly SortedDictionary<string, SortedDictionary<string, int>> _results = [];
    private IFaceEngine _engine = null!;

    [Test]
    public async Task The_film_of_the_other_tests_passes_every_challenge()
    {
        _engine = TestRun.Server.Services.GetRequiredService<IFaceEngine>();
        var portrait = FunctionalTests.Support.Photos.Portrait;
        var points = (await _engine.AnalyseAsync(portrait, new AnalysisOptions(), CancellationToken.None)).Value.Faces.Single().Landmarks;
        string[] turns = ["left", "right", "up"];
        var challenges =
            from a in turns
            from b in turns
            from c in turns
            from d in turns
            where a != b && b != c && c != d
            let all = (string[])["center", a, b, c, d]
            where all.Contains("left") && all.Contains("right")
            select all;
        foreach (var challenge in challenges)
        {
            await RunAsync(string.Join(' ', challenge), new Film(portrait, points).Show(challenge).Frames, challenge);
        }

        Assert.That(_results.Values.Select(result => result.Keys.Single()), Is.All.EqualTo("PASSED"));
        Assert.That(_results, Has.Count.EqualTo(20));
    }

    [Test]
    public async Task Sessions_of_heads_and_of_what_is_held_up_in_their_place()
    {
        _engine = TestRun.Server.Services.GetRequiredService<IFaceEngine>();
        var count = int.Parse(Environment.GetEnvironmentVariable("FACEID_STUDY_COUNT") ?? "16", CultureInfo.InvariantCulture);
        var portraits = Spread(Photos("FACEID_STUDY_PORTRAITS").Select(File.ReadAllBytes), count);
        var people = Folders("FACEID_STUDY_PEOPLE");
        var singles = Spread(people.Select(person => Enlarged(File.ReadAllBytes(person[0]))), count);
        if (portraits.Count == 0 && singles.Count == 0)
        {
            Assert.Ignore("Set FACEID_STUDY_PORTRAITS or FACEID_STUDY_PEOPLE to a folder.");
        }

        foreach (var (name, photos) in ((string, List<byte[]>)[])[("portraits", portraits), ("people", singles)])
        {
            for (var i = 0; i < photos.Count; i++)
            {
                await StudyAsync(name, photos[i], photos[(i + 1) % photos.Count], i);
            }
        }

        foreach (var (person, i) in Spread(people.Where(person => person.Length >= 8), 4 * count).Select((person, i) => (person, i)))
        {
            await RunAsync("people: photos of one person in the asked poses", await PosedAsync(person, Challenges[i % 4]), Challenges[i % 4]);
        }

        foreach (var (kind, codes) in _results)
        {
            TestContext.Out.WriteLine($"{kind}: {codes.Values.Sum()} sessions; {string.Join(", ", codes.Select(code => $"{code.Key} {code.Value}"))}");
        }
    }

    private async Task StudyAsync(string name, byte[] photo, byte[] other, int i)
    {
        var analysed = await _engine.AnalyseAsync(photo, new AnalysisOptions(), CancellationToken.None);
        if (analysed.IsError || analysed.Value.Faces is not [var face])
        {
            return;
        }

        var place = Warps.Place.Of([.. face.Landmarks.Select(point => (point.X, point.Y))]);
        if (Math.Abs(HeadPose.From([.. face.Landmarks.Select(point => (point.X, point.Y))])!.Yaw) > 6)
        {
            // A turned head made from a face that looks aside would be turned by as much more or less.
            return;
        }

        var challenge = Challenges[i % 4];
        var head = await ActAsync($"{name}: head that turns", challenge, Head(photo, place, 0));
        await ActAsync($"{name}: head that turns, blurred", challenge, Head(photo, place, 1.2f));
        await ActAsync($"{name}: photo waved", challenge, (_, _, total) => Warps.Flat(photo, place, new Warps.Held(
            Roll: 18 * Math.Sin(total * 0.5), Scale: 1 + 0.1 * Math.Cos(total * 0.5), Right: 0.2 * Math.Sin(total * 0.25), Down: 0.1 * Math.Cos(total * 0.17))));
        foreach (var distance in (double[])[2.5, 4, 6])
        {
            await ActAsync($"{name}: photo tilted at {distance} face widths", challenge, Tilted(photo, place, distance, 0));
            await ActAsync($"{name}: photo tilted at {distance} face widths, blurred", challenge, Tilted(photo, place, distance, 2.5f));
        }

        await RunAsync($"{name}: frames shuffled", [.. head.Select((frame, k) => (frame, At: k * 11 % head.Count)).OrderBy(card => card.At).Select(card => card.frame)], challenge);
        await RunAsync($"{name}: another person in the middle", [.. head.Take(head.Count / 2), other, .. head.Skip(head.Count / 2)], challenge);
    }

    /// <summary>Somebody who does what they are told, a stride a frame, and further as long as it is not enough.</summary>
    private static Func<LivenessStep, int, int, byte[]> Head(byte[] photo, Warps.Place place, float blur)
    {
        var (yaw, pitch) = (0.0, 0.0);
        return (step, since, total) =>
        {
            var aside = Math.Min(40, 27 + 2 * Math.Max(0, since - 9));
            var (toYaw, toPitch) = step switch
            {
                LivenessStep.Left => (aside, 0.0),
                LivenessStep.Right => (-aside, 0.0),
                LivenessStep.Up => (0.0, Math.Min(22, 12 + Math.Max(0, since - 8))),
                _ => (0.0, 0.0),
            };
            yaw += Math.Clamp(toYaw - yaw, -8, 8);
            pitch += Math.Clamp(toPitch - pitch, -6, 6);
            return Shaken(Warps.Turned(photo, place, yaw, pitch, roll: Math.Sin(total * 1.7)), total, blur);
        };
    }

    /// <summary>Somebody who tilts a photo about one oblique axis after the other, as the step wants it, a little a frame.</summary>
    private static Func<LivenessStep, int, int, byte[]> Tilted(byte[] photo, Warps.Place place, double distance, float blur)
    {
        double[] wave = [0.15, 0.3, 0.45, 0.6, 0.75, 0.9, 1, 1, 0.85, 0.7, 0.55, 0.4, 0.25, 0.1];
        double[] axes = [60, 52, 68, 45];
        return (step, since, total) =>
        {
            var axis = axes[since / wave.Length % axes.Length];
            var tilt = 58 * wave[since % wave.Length];
            var held = step switch
            {
                LivenessStep.Left => new Warps.Held(axis, tilt, distance),
                LivenessStep.Right => new Warps.Held(180 - axis, -tilt, distance),
                LivenessStep.Up => new Warps.Held(0, tilt * 0.7, distance),
                _ => new Warps.Held(Distance: distance),
            };
            return Shaken(Warps.Flat(photo, place, held with { Roll = Math.Sin(total * 1.7) }), total, blur);
        };
    }

    /// <summary>Lets somebody answer what is asked until the session ends, or for 40 frames at one step.</summary>
    private async Task<List<byte[]>> ActAsync(string kind, string[] challenge, Func<LivenessStep, int, int, byte[]> act)
    {
        var (run, begun) = Begin(challenge);
        var frames = new List<byte[]>();
        var (result, asked) = ("", 0);
        for (var since = 0; result.Length == 0; since++)
        {
            frames.Add(act(run.Next!.Value, since, frames.Count));
            var at = frames.Count * Film.Interval;
            var taken = run.Take(at, at, await SeeAsync(frames[^1]), begun + TimeSpan.FromMilliseconds(at));
            if (taken.IsError)
            {
                result = taken.FirstError.Code;
                continue;
            }

            run = taken.Value.Run;
            (since, asked) = run.Done > asked ? (-1, run.Done) : (since, asked);
            result = run.IsPassed ? "PASSED" : since >= 40 ? $"gave up at {run.Next}" : "";
        }

        await RecordAsync(kind, result);
        return frames;
    }

    private static (LivenessRun Run, DateTimeOffset Begun) Begin(string[] challenge)
    {
        var begun = new DateTimeOffset(2026, 11, 25, 0, 0, 0, TimeSpan.Zero);
        return (new LivenessRun { Steps = [.. challenge.Select(step => Enum.Parse<LivenessStep>(step, ignoreCase: true))], StartedAt = begun }, begun);
    }

    private Task RecordAsync(string kind, string result)
    {
        var results = _results.TryGetValue(kind, out var known) ? known : _results[kind] = [];
        results[result] = results.GetValueOrDefault(result) + 1;
        return TestContext.Progress.WriteLineAsync($"{kind}: {result}");
    }

    private async Task RunAsync(string kind, IReadOnlyList<byte[]> frames, string[] challenge)
    {
        var (run, begun) = Begin(challenge);
        var result = "not passed";
        for (var i = 0; i < frames.Count && result == "not passed"; i++)
        {
            var taken = run.Take(i * Film.Interval, i, await SeeAsync(frames[i]), begun + TimeSpan.FromMilliseconds(i * Film.Interval));
            result = taken.IsError ? taken.FirstError.Code : taken.Value.Run.IsPassed ? "PASSED" : result;
            run = taken.IsError ? run : taken.Value.Run;
        }

        if (result == "not passed")
        {
            result += string.Create(CultureInfo.InvariantCulture, $" (step {run.Done})");
        }

        await RecordAsync(kind, result);
    }

    private async Task<LivenessRun.View?> SeeAsync(byte[] frame)
    {
        var analysed = await _engine.AnalyseAsync(frame, new AnalysisOptions(Encode: EncodeFaces.WhenSingle, Patches: true), CancellationToken.None);
        if (analysed.IsError || analysed.Value.Faces is not [var face])
        {
            return null;
        }

        (double X, double Y)[] points = [.. face.Landmarks.Select(point => (point.X, point.Y))];
        return new LivenessRun.View(HeadPose.From(points)!, FacePatch.From(face.Patch!, points), face.Opinions!);
    }

    /// <summary>The photos of one person that come nearest to what is asked, three of each and each once.</summary>
    private async Task<IReadOnlyList<byte[]>> PosedAsync(string[] files, string[] challenge)
    {
        var seen = new List<(byte[] Photo, HeadPose Pose)>();
        foreach (var file in files.Take(40))
        {
            var photo = await File.ReadAllBytesAsync(file);
            if (await SeeAsync(photo) is { } view)
            {
                seen.Add((photo, view.Pose));
            }
        }

        var chosen = new List<byte[]>();
        foreach (var step in challenge)
        {
            var wanted = step switch { "left" => 30, "right" => -30, _ => 0 };
            foreach (var photo in seen.OrderBy(photo => Math.Abs(photo.Pose.Yaw - wanted)).ThenBy(photo => photo.Pose.Below).Take(2).ToArray())
            {
                chosen.Add(photo.Photo);
            }
        }

        return chosen;
    }

    private static byte[] Shaken(byte[] frame, int seed, float blur)
    {
        if (blur == 0)
        {
            return frame;
        }

        using var bitmap = SKBitmap.Decode(frame);
        return Warps.Draw(
            bitmap,
            canvas =>
            {
                using var filter = SKImageFilter.CreateBlur(blur * (1 + seed % 3 * 0.3f), blur);
                using var paint = new SKPaint { ImageFilter = filter };
                canvas.DrawBitmap(bitmap, 0, 0, paint);
            },
            quality: 60);
    }

    private static byte[] Enlarged(byte[] photo)
    {
        using var bitmap = SKBitmap.Decode(photo);
        using var large = bitmap.Resize(new SKImageInfo(500, 500), new SKSamplingOptions(SKCubicResampler.Mitchell));
        using var data = large.Encode(SKEncodedImageFormat.Jpeg, 95);
        return data.ToArray();
    }

    private static List<T> Spread<T>(IEnumerable<T> all, int count)
    {
        var list = all.ToList();
        return [.. Enumerable.Range(0, Math.Min(count, list.Count)).Select(i => list[i * list.Count / Math.Min(count, list.Count)])];
    }

    private static IEnumerable<string> Photos(string variable) => Environment.GetEnvironmentVariable(variable) is { } folder && Directory.Exists(folder)
        ? Directory.EnumerateFiles(folder, "*.jpg").Order(StringComparer.Ordinal)
        : [];

    private static List<string[]> Folders(string variable) => Environment.GetEnvironmentVariable(variable) is { } folder && Directory.Exists(folder)
        ? [.. Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal).Select(person => Directory.EnumerateFiles(person, "*.jpg").Order(StringComparer.Ordinal).ToArray()).Where(photos => photos.Length > 0)]
        : [];
}
