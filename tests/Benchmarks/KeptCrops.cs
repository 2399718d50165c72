using System.Globalization;
using FaceId.Application.Faces;
using FaceId.Infrastructure.Faces;
using Microsoft.Extensions.DependencyInjection;

namespace FaceId.Benchmarks;

/// <summary>How near the template of a face that was cut out to be kept is to that of its photo, over the photos of a folder.</summary>
internal static class KeptCrops
{
    public static async Task<int> RunAsync(string folder, int most)
    {
        await using var services = new ServiceCollection().AddLogging()
            .AddFaceEngine(new FaceEngineOptions { ModelsFolder = Environment.GetEnvironmentVariable("FACEID_MODELS") ?? "models" }).BuildServiceProvider();
        var engine = services.GetRequiredService<IFaceEngine>();
        await engine.WarmUpAsync(CancellationToken.None);

        var files = Directory.EnumerateFiles(folder, "*.jpg", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToList();
        files = [.. files.Where((_, i) => i % Math.Max(1, files.Count / most) == 0).Take(most)];
        var (fused, dlib, bytes, eyes, quality) = (new List<double>(), new List<double>(), new List<double>(), new List<double>(), new List<double>());
        var (lost, none) = (0, 0);
        await Parallel.ForEachAsync(files, async (file, token) =>
        {
            var photo = await AnalyseAsync(await File.ReadAllBytesAsync(file, token), token);
            if (photo is null)
            {
                Interlocked.Increment(ref none);
                return;
            }

            var again = await AnalyseAsync(photo.Crop!, token);
            lock (files)
            {
                if (again is null)
                {
                    lost++;
                    return;
                }

                fused.Add(photo.Opinions!.DistanceTo(again.Opinions!).Value);
                dlib.Add((photo.Opinions with { Template = null }).DistanceTo(again.Opinions! with { Template = null }).Value);
                bytes.Add(photo.Crop!.Length);
                eyes.Add(again.Quality.EyeDistancePixels / photo.Quality.EyeDistancePixels);
                quality.Add(again.Quality.Score - photo.Quality.Score);
            }
        });

        var culture = CultureInfo.InvariantCulture;
        Console.WriteLine(string.Create(culture, $"{fused.Count} photos with one face of {files.Count}; none or several in {none}; crops without exactly one face: {lost}"));
        foreach (var (name, values) in (ReadOnlySpan<(string, List<double>)>)[("template", fused), ("dlib", dlib), ("bytes", bytes), ("eyes", eyes), ("quality", quality)])
        {
            values.Sort();
            Console.WriteLine(string.Create(culture, $"{name,-10} median {At(0.5):0.####}  95 % {At(0.95):0.####}  99 % {At(0.99):0.####}  largest {At(1):0.####}  least {At(0):0.####}"));
            double At(double share) => values[(int)(share * (values.Count - 1))];
        }

        return 0;

        async Task<DetectedFace?> AnalyseAsync(byte[] file, CancellationToken token)
        {
            var analysed = await engine.AnalyseAsync(file, new AnalysisOptions(Encode: EncodeFaces.WhenSingle, Crops: true), token);
            return analysed.Value.Faces is [var face] ? face : null;
        }
    }
}
