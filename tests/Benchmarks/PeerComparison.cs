using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using FaceId.Benchmarks.Onnx;
using FaceId.Infrastructure.Faces.Dlib;

namespace FaceId.Benchmarks;

/// <summary>The engine and dlib (OpenBLAS, one thread) in turns on the same machine, as a table of ratios.</summary>
internal static class PeerComparison
{
    private const int Rounds = 3;

    /// <param name="arguments">The path of dlib_reference; without it, only our own times and those of ONNX Runtime are printed.</param>
    public static async Task<int> RunAsync(string[] arguments)
    {
        using var vga = new Subject(640, 480);
        using var fullHd = new Subject(1920, 1080);
        Stage[] stages =
        [
            new("encode one face", "encode", vga.Encode, 60),
            new("landmarks + chip", "landmarksAndChip", vga.LandmarksAndChip, 60),
            new("detect 640x480, thorough", "detect640x480", vga.DetectThorough, 15),
            new("detect 640x480, coarse to fine, faces from 5/6 of the largest", "detect640x480", vga.DetectCoarse, 25),
            new("detect 640x480, coarse to fine, faces from half of the largest", "detect640x480", vga.DetectCoarseHalf, 25),
            new("detect 1920x1080, thorough", "detect1920x1080", fullHd.DetectThorough, 5),
            new("detect 1920x1080, coarse to fine, faces from 5/6 of the largest", "detect1920x1080", fullHd.DetectCoarse, 9),
            new("640x480 JPEG to vector, thorough", "pipeline640x480", () => vga.Pipeline(thorough: true), 15),
            new("640x480 JPEG to vector, coarse to fine", "pipeline640x480", () => vga.Pipeline(thorough: false), 25),
        ];
        foreach (var stage in stages)
        {
            // Past the thirty calls after which the runtime compiles a method anew.
            stage.Measure(warmUp: true);
        }

        var peer = new Dictionary<string, List<double>>();
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var stage in stages)
            {
                stage.Measure(warmUp: false);
            }

            if (arguments is [var program, ..])
            {
                await MeasureDlibAsync(program, peer);
            }
        }

        Console.WriteLine("| one thread, median ms (least) | dlib + OpenBLAS | FaceId | times faster |");
        Console.WriteLine("|---|---|---|---|");
        foreach (var stage in stages)
        {
            var ours = Median(stage.Times);
            var theirs = peer.TryGetValue(stage.PeerName, out var times) ? Median(times) : double.NaN;
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"| {stage.Name} | {theirs:0.0} | {ours:0.00} ({stage.Times.Min():0.00}) | {theirs / ours:0.0} |"));
        }

        MeasureOnnxRuntime();
        return 0;
    }

    /// <summary>The same networks run by ONNX Runtime, which our kernels replaced.</summary>
    private static unsafe void MeasureOnnxRuntime()
    {
        var folder = Environment.GetEnvironmentVariable("FACEID_MODELS") ?? "models";
        DlibNetwork Read(string name) => DlibNetwork.Read(File.ReadAllBytes(Path.Combine(folder, name)));
        using var encoder = new OnnxNetwork(OnnxGraphs.ResNet(ResNetModel.From(Read("dlib_face_recognition_resnet_model_v1.dat"))));
        using var detector = new OnnxNetwork(OnnxGraphs.Mmod(MmodModel.From(Read("mmod_human_face_detector.dat"))));
        var layout = PyramidLayout.Full(640, 480);
        var input = new float[3 * layout.Width * layout.Height];
        fixed (float* p = input)
        {
            var pointer = p;
            var chip = new Stage("", "", () => encoder.Run(pointer, 3, FaceChip.Side, FaceChip.Side), 60);
            var plane = new Stage("", "", () => detector.Run(pointer, 3, layout.Height, layout.Width), 9);
            chip.Measure(warmUp: false);
            plane.Measure(warmUp: false);
            Console.WriteLine();
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"ONNX Runtime, one thread, network only: encode {Median(chip.Times):0.00} ms, detector on the plane of 640x480 {Median(plane.Times):0.0} ms."));
        }
    }

    private static async Task MeasureDlibAsync(string program, Dictionary<string, List<double>> results)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in new[]
        {
            "bench", "--models", Environment.GetEnvironmentVariable("FACEID_MODELS") ?? "models", "--photo", Subject.PhotoPath,
            "--runs", "12", "--warmup", "1", "--only", "encode,landmarksAndChip,detect640x480,detect1920x1080,pipeline640x480",
        })
        {
            start.ArgumentList.Add(argument);
        }

        // The peer chooses its own number of threads; nothing of ours may interfere.
        foreach (var name in start.Environment.Keys.Where(key => key.StartsWith("OPENBLAS", StringComparison.Ordinal)).ToArray())
        {
            start.Environment.Remove(name);
        }

        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        using var json = await JsonDocument.ParseAsync(process.StandardOutput.BaseStream);
        await process.WaitForExitAsync();
        await errors;
        foreach (var result in json.RootElement.GetProperty("results").EnumerateObject())
        {
            if (!results.TryGetValue(result.Name, out var times))
            {
                results[result.Name] = times = [];
            }

            times.Add(result.Value.GetProperty("medianMs").GetDouble());
        }
    }

    private static double Median(List<double> times)
    {
        var sorted = times.Order().ToArray();
        return sorted[sorted.Length / 2];
    }

    private sealed record Stage(string Name, string PeerName, Action Run, int Runs)
    {
        public List<double> Times { get; } = [];

        public void Measure(bool warmUp)
        {
            for (var i = 0; i < Runs; i++)
            {
                var start = Stopwatch.GetTimestamp();
                Run();
                if (!warmUp)
                {
                    Times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                }
            }
        }
    }
}
