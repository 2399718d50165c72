using System.Globalization;
using FaceId.Application.Recognition.Accuracy;
using FaceId.Domain.Faces;
using FaceId.Infrastructure.Faces;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace FaceId.Benchmarks;

/// <summary>
/// What several photos of a person are worth, and how to use them: <c>templates PEOPLE [CACHE]</c>. Of everybody with more than the most
/// photos some are enrolled, the others are genuine attempts; everybody else's first photo is an impostor's attempt.
/// </summary>
internal static class TemplateStudy
{
    private const int Draws = 10;
    private const int Seed = 20261125;
    private static readonly int[] Enrolled = [1, 2, 3, 5];
    private static readonly double[] Rates = [1e-3, 1e-4];

    private static readonly (string Name, Func<FaceSample[], float[][]> Make)[] Ways =
    [
        ("nearest of all", photos => [.. photos.Select(photo => photo.Vector.Values.ToArray())]),
        ("mean", photos => [Mean(photos, _ => 1)]),
        ("mean, weighted by quality", photos => [Mean(photos, photo => photo.Quality ?? 1)]),
        ("mean and nearest of all", photos => [Mean(photos, _ => 1), .. photos.Select(photo => photo.Vector.Values.ToArray())]),
        ("the best photo alone", photos => [photos.MaxBy(photo => photo.Quality)!.Vector.Values.ToArray()]),
    ];

    public static async Task<int> RunAsync(string[] args)
    {
        if (args is not [var folder, ..])
        {
            await Console.Error.WriteLineAsync("templates PEOPLE [CACHE]");
            return 2;
        }

        var samples = await ReadAsync(folder, args.Length > 1 ? SampleCache.Open(args[1]) : null);
        var people = samples.GroupBy(sample => sample.Person).Select(group => group.ToArray()).ToList();
        var several = people.Where(photos => photos.Length > Enrolled[^1]).ToList();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{several.Count} people with {Enrolled[^1] + 1} and more photos, {people.Count - 1} impostors each, {Draws} draws of who is enrolled. FNMR, everybody counting the same, at a false match rate of an attempt (all the person's templates together)."));
        Console.WriteLine();
        Console.WriteLine($"| photos enrolled | compared with | {string.Join(" | ", Rates.Select(rate => rate.ToString("0e-0", CultureInfo.InvariantCulture)))} |");
        Console.WriteLine($"|---|---|{string.Concat(Rates.Select(_ => "---|"))}");
        foreach (var count in Enrolled)
        {
            foreach (var (name, make) in count == 1 ? Ways[..1] : Ways)
            {
                var misses = Measure(people, several, count, make);
                Console.WriteLine($"| {count} | {name} | {string.Join(" | ", misses.Select(miss => miss.ToString("0.00 %", CultureInfo.InvariantCulture)))} |");
            }
        }

        return 0;
    }

    private static async Task<List<FaceSample>> ReadAsync(string folder, SampleCache? cache)
    {
        var models = Environment.GetEnvironmentVariable("FACEID_MODELS") ?? "models";
        using var engine = new FaceEngine(Options.Create(new FaceEngineOptions { ModelsFolder = models }), TimeProvider.System, NullLogger<FaceEngine>.Instance);
        var photos = new DirectoryInfo(folder).EnumerateDirectories()
            .SelectMany(person => person.EnumerateFiles("*.jpg").Select(photo => new KnownPhoto(person.Name, photo.FullName)))
            .OrderBy(photo => photo.File, StringComparer.Ordinal).ToList();
        var read = await new SampleReader(engine, FaceModels.Fused, nearestCentre: false).ReadAsync(photos, cache, new Progress<int>(), CancellationToken.None);
        cache?.Save();
        return [.. read.Value.Where(photo => photo.Refusal is null).Select(photo => photo.Sample!)];
    }

    private static double[] Measure(List<FaceSample[]> people, List<FaceSample[]> several, int count, Func<FaceSample[], float[][]> make)
    {
        var random = new Random(Seed);
        var genuine = new List<(float Distance, double Weight)>();
        var impostors = new List<float>();
        for (var draw = 0; draw < Draws; draw++)
        {
            foreach (var photos in several)
            {
                var shuffled = photos.ToArray();
                random.Shuffle(shuffled);
                var templates = make(shuffled[..count]);
                genuine.AddRange(shuffled[count..].Select(photo => (Nearest(templates, photo), 1.0 / (shuffled.Length - count))));
                var distances = new float[people.Count];
                Parallel.For(0, people.Count, i => distances[i] = people[i] == photos ? float.MaxValue : Nearest(templates, people[i][0]));
                impostors.AddRange(distances.Where(distance => distance < float.MaxValue));
            }
        }

        impostors.Sort();
        var all = genuine.Sum(attempt => attempt.Weight);
        return [.. Rates.Select(rate =>
        {
            var threshold = impostors[(int)(rate * impostors.Count)];
            return genuine.Where(attempt => attempt.Distance >= threshold).Sum(attempt => attempt.Weight) / all;
        })];
    }

    /// <summary>As long as the templates are on average, since a mean is shorter than what it is made of.</summary>
    private static float[] Mean(FaceSample[] photos, Func<FaceSample, double> weight)
    {
        var sum = new double[photos[0].Vector.Values.Length];
        var length = 0.0;
        foreach (var photo in photos)
        {
            var values = photo.Vector.Values.Span;
            length += Math.Sqrt(values.ToArray().Sum(x => (double)x * x)) / photos.Length;
            for (var i = 0; i < sum.Length; i++)
            {
                sum[i] += weight(photo) * values[i];
            }
        }

        var scale = length / Math.Sqrt(sum.Sum(x => x * x));
        return [.. sum.Select(x => (float)(x * scale))];
    }

    private static float Nearest(float[][] templates, FaceSample probe)
    {
        var nearest = float.MaxValue;
        foreach (var template in templates)
        {
            var squares = 0f;
            var values = probe.Vector.Values.Span;
            for (var i = 0; i < template.Length; i++)
            {
                squares += (template[i] - values[i]) * (template[i] - values[i]);
            }

            nearest = Math.Min(nearest, squares);
        }

        return MathF.Sqrt(nearest);
    }
}
