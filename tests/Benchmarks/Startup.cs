using System.Diagnostics;
using FaceId.Application.Faces;
using FaceId.Infrastructure.Faces;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace FaceId.Benchmarks;

/// <summary>How long a fresh process takes to load and warm the models, and what it holds then.</summary>
internal static class Startup
{
    private const double Mebibyte = 1024 * 1024;

    public static async Task<int> RunAsync()
    {
        var start = Stopwatch.GetTimestamp();
        using var engine = new FaceEngine(
            Options.Create(new FaceEngineOptions { ModelsFolder = Environment.GetEnvironmentVariable("FACEID_MODELS") ?? "models" }),
            TimeProvider.System, NullLogger<FaceEngine>.Instance);
        await engine.WarmUpAsync(CancellationToken.None);
        Report("models loaded and warm", start);
        var photo = await File.ReadAllBytesAsync(Subject.PhotoPath);
        start = Stopwatch.GetTimestamp();
        await engine.AnalyseAsync(photo, new AnalysisOptions(Encode: EncodeFaces.WhenSingle), CancellationToken.None);
        Report("first photo", start);
        await Parallel.ForEachAsync(Enumerable.Range(0, 200), async (_, token) =>
            await engine.AnalyseAsync(photo, new AnalysisOptions(Encode: EncodeFaces.WhenSingle), token));
        Report("200 photos later", start);
        return 0;
    }

    private static void Report(string what, long start)
    {
        Process.GetCurrentProcess().Refresh();
        Console.WriteLine($"{what}: {Stopwatch.GetElapsedTime(start).TotalMilliseconds:0} ms, {Environment.WorkingSet / Mebibyte:0} MiB resident, {GC.GetTotalMemory(false) / Mebibyte:0} MiB of it managed");
    }
}
