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

        foreach (var (name, photos) in (ReadOnlySpan<(string, List<byte[]>)>)[("portraits", portraits), ("people", singles)])
        {
            foreach (var (photo, i) in photos.Select((photo, i) => (photo, i)).ToArray())
            {
                StudyAsync(name, photo, photos[(i + 1) % photos.Count], i).GetAwaiter().GetResult();
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

        Film Film() => new(photo, face.Landmarks);
        var challenge = Challenges[i % 4];
        await RunAsync($"{name}: head that turns", Film().Show(challenge).Frames, challenge);
        await RunAsync($"{name}: head that turns, poor camera", [.. Film().Show(challenge).Frames.Select((frame, k) => Shaken(frame, k, 1.2f))], challenge);
        await RunAsync($"{name}: photo waved", Film().Wave(24).Frames, challenge);
        foreach (var distance in (ReadOnlySpan<double>)[2.5, 4, 6])
        {
            var flat = Film().ShowFlat(challenge, distance).Frames.ToArray();
            RunAsync($"{name}: photo tilted at {distance} face widths", flat, challenge).GetAwaiter().GetResult();
            RunAsync($"{name}: photo tilted and blurred at {distance} face widths", [.. flat.Select((frame, k) => Shaken(frame, k, 3))], challenge).GetAwaiter().GetResult();
        }

        var turned = Film().Show(challenge).Frames;
        await RunAsync($"{name}: frames shuffled", [.. turned.Select((frame, k) => (frame, At: k * 11 % turned.Count)).OrderBy(card => card.At).Select(card => card.frame)], challenge);
        await RunAsync($"{name}: another person in the middle", [.. turned.Take(9), other, .. turned.Skip(9)], challenge);
    }

    private async Task RunAsync(string kind, IReadOnlyList<byte[]> frames, string[] challenge)
    {
        var begun = new DateTimeOffset(2026, 11, 25, 0, 0, 0, TimeSpan.Zero);
        var run = new LivenessRun { Steps = [.. challenge.Select(step => Enum.Parse<LivenessStep>(step, ignoreCase: true))], StartedAt = begun };
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

        var results = _results.TryGetValue(kind, out var known) ? known : _results[kind] = [];
        results[result] = results.GetValueOrDefault(result) + 1;
        await TestContext.Progress.WriteLineAsync($"{kind}: {result}");
    }

    private async Task<LivenessRun.View?> SeeAsync(byte[] frame)
    {
        var analysed = await _engine.AnalyseAsync(frame, new AnalysisOptions(Encode: EncodeFaces.WhenSingle, Patches: true), CancellationToken.None);
        if (analysed.IsError || analysed.Value.Faces is not [var face])
        {
            return null;
        }

        (double X, double Y)[] points = [.. face.Landmarks.Select(point => (point.X, point.Y))];
        return new LivenessRun.View(HeadPose.From(points)!, FacePatch.From(face.Patch!, points), face.Vectors[0]);
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
