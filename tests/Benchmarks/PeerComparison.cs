using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using FaceId.Benchmarks.Onnx;
using FaceId.Infrastructure.Faces.Dlib;
using FaceId.Infrastructure.Faces.Mobile;

namespace FaceId.Benchmarks;

/// <summary>The engine, dlib (OpenBLAS) and ONNX Runtime, one thread each, in turns on the same machine, as tables of ratios.</summary>
internal static class PeerComparison
{
    private const int Rounds = 3;

    /// <param name="arguments">The path of dlib_reference; without it, dlib's times are left out.</param>
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
            new("template of one face by both networks, from five points", "", () => vga.Template(), 30),
            new("640x480 JPEG to template of both networks, coarse to fine", "", () => vga.PipelineToTemplate(), 25),
            new("passive liveness of one face, from its box", "", () => vga.PassiveOfPhoto(), 60),
        ];
        using var runtime = new OnnxRuntimePeer();
        (Stage Ours, Stage Theirs)[] networks =
        [
            (new("dlib's encoder, 150x150", "", vga.Encode, 60), new("", "", runtime.Encode, 60)),
            (new("dlib's detector, the plane of 640x480 (ours with making it)", "", vga.DetectThorough, 9), new("", "", runtime.Detect, 9)),
            (new("second network, 112x112", "", vga.Feature, 60), new("", "", runtime.Feature, 60)),
            (new("passive liveness network, 128x128", "", () => vga.Passive(), 60), new("", "", runtime.Passive, 60)),
        ];
        Stage[] all = [.. stages, .. networks.SelectMany(pair => new[] { pair.Ours, pair.Theirs })];
        foreach (var stage in all)
        {
            // Past the thirty calls after which the runtime compiles a method anew.
            stage.Measure(warmUp: true);
        }

        var dlib = new Dictionary<string, List<double>>();
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var stage in all)
            {
                stage.Measure(warmUp: false);
            }

            if (arguments is [var program, ..])
            {
                await MeasureDlibAsync(program, dlib);
            }
        }

        Console.WriteLine("| one thread, median ms (least) | dlib + OpenBLAS | FaceId | times faster |");
        Console.WriteLine("|---|---|---|---|");
        foreach (var stage in stages)
        {
            Print(stage, dlib.TryGetValue(stage.PeerName, out var times) ? times : []);
        }

        Console.WriteLine();
        Console.WriteLine("| one thread, network alone, median ms (least) | ONNX Runtime | FaceId | times faster |");
        Console.WriteLine("|---|---|---|---|");
        foreach (var (ours, theirs) in networks)
        {
            Print(ours, theirs.Times);
        }

        return 0;
    }

    private static void Print(Stage stage, List<double> peer)
    {
        var ours = Median(stage.Times);
        var (theirs, ratio) = peer.Count == 0 ? ("", "")
            : (Median(peer).ToString("0.00", CultureInfo.InvariantCulture), (Median(peer) / ours).ToString("0.0", CultureInfo.InvariantCulture));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {stage.Name} | {theirs} | {ours:0.00} ({stage.Times.Min():0.00}) | {ratio} |"));
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

    /// <summary>The same networks run by ONNX Runtime: dlib's, for which graphs are made, and those that come as ONNX files.</summary>
    private sealed unsafe class OnnxRuntimePeer : IDisposable
    {
        private readonly PyramidLayout _layout = PyramidLayout.Full(640, 480);
        private readonly float* _input;
        private readonly OnnxNetwork _encoder;
        private readonly OnnxNetwork _detector;
        private readonly OnnxNetwork _feature;
        private readonly OnnxNetwork _passive;

        public OnnxRuntimePeer()
        {
            var folder = Environment.GetEnvironmentVariable("FACEID_MODELS") ?? "models";
            byte[] Read(string name) => File.ReadAllBytes(Path.Combine(folder, name));
            _encoder = new OnnxNetwork(OnnxGraphs.ResNet(ResNetModel.From(DlibNetwork.Read(Read("dlib_face_recognition_resnet_model_v1.dat")))));
            _detector = new OnnxNetwork(OnnxGraphs.Mmod(MmodModel.From(DlibNetwork.Read(Read("mmod_human_face_detector.dat")))));
            _feature = new OnnxNetwork(Read(FeatureNetwork.File));
            _passive = new OnnxNetwork(Read(LivenessNetwork.File));
            _input = (float*)NativeMemory.AllocZeroed((nuint)(3 * _layout.Width * _layout.Height), sizeof(float));
        }

        public void Encode() => _encoder.Run(_input, 3, FaceChip.Side, FaceChip.Side);

        public void Detect() => _detector.Run(_input, 3, _layout.Height, _layout.Width);

        public void Feature() => _feature.Run(_input, 3, FeatureChip.Side, FeatureChip.Side);

        public void Passive() => _passive.Run(_input, 3, LivenessNetwork.Side, LivenessNetwork.Side);

        public void Dispose()
        {
            NativeMemory.Free(_input);
            _encoder.Dispose();
            _detector.Dispose();
            _feature.Dispose();
            _passive.Dispose();
        }
    }
}
