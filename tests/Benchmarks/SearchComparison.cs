using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using FaceId.Infrastructure.Search;

namespace FaceId.Benchmarks;

/// <summary>The face index against FAISS IndexFlatL2: <c>search FAISS SIZES [DISTANCE…]</c>, FAISS being the reference program or "-".</summary>
/// <remarks>Distances are those of templates of length 1, whatever the length of the templates is.</remarks>
internal static class SearchComparison
{
    private const int Probes = 40;
    private const int BatchSize = 32;
    private const int Seed = 20261125;

    /// <summary>The largest gallery that FAISS is given, which keeps four bytes a component.</summary>
    private const int LargestPeer = 1_000_000;

    public static int Run(string[] args)
    {
        var faiss = args[0];
        var sizes = args[1].Split(',').Select(size => int.Parse(size, CultureInfo.InvariantCulture)).ToArray();
        var distances = args[2..].Select(text => double.Parse(text, CultureInfo.InvariantCulture)).ToArray();
        if (distances.Length == 0)
            distances = [0.7, 0.8, 0.9];
        Console.WriteLine($"Instructions: {VectorPaths.Supported[^1]}. A gallery has one face a person; the probe is another photo, or a stranger. Times in ms: median (95th percentile) of {Probes} probes.");
        Console.WriteLine();
        Console.WriteLine("| gallery | faces | within | probe | 1 thread | 2 threads | queries/s, 32 together | found | FAISS, 1 thread | ratio | FAISS queries/s, 32 together | ratio |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|---|---|");
        foreach (var measured in new[] { true, false })
        {
            foreach (var size in sizes)
                Compare(measured, size, distances, faiss);
        }

        return 0;
    }

    private static void Compare(bool measured, int size, double[] distances, string faiss)
    {
        var gallery = measured ? SearchGallery.Measured(Seed) : SearchGallery.Random(256, Seed);
        var index = new FaceIndex(gallery.Dimensions, gallery.Spread());
        var enrolled = new List<sbyte[]>();
        var peer = faiss != "-" && size <= LargestPeer ? Path.GetTempFileName() : null;
        using (var copy = peer is null ? Stream.Null : File.Create(peer))
        {
            var template = new sbyte[gallery.Dimensions];
            var watch = Stopwatch.StartNew();
            for (var face = 1; face <= size; face++)
            {
                var person = gallery.Person();
                gallery.Photo(person, template);
                index.Add(face, face, template);
                copy.Write(MemoryMarshal.AsBytes<sbyte>(template));
                if (face % Math.Max(1, size / Probes) == 0 && enrolled.Count < Probes)
                {
                    var other = new sbyte[gallery.Dimensions];
                    gallery.Photo(person, other);
                    enrolled.Add(other);
                }
            }

            Console.Error.WriteLine($"{size} faces made and added in {watch.Elapsed.TotalSeconds:f1} s, {(double)index.Bytes / size:f1} bytes a face");
        }

        var unknown = Enumerable.Range(0, Probes).Select(_ =>
        {
            var template = new sbyte[gallery.Dimensions];
            gallery.Photo(gallery.Person(), template);
            return template;
        }).ToList();

        double[]? peers = null;
        if (peer is not null)
        {
            peers = Peer(faiss, peer, [.. enrolled, .. unknown]);
            File.Delete(peer);
        }

        foreach (var distance in distances)
        {
            var maximum = (int)Math.Pow(distance * gallery.Length, 2);
            foreach (var (name, probes) in new[] { ("enrolled", enrolled), ("unknown", unknown) })
            {
                var one = Times(index, probes, maximum, 1);
                var two = Times(index, probes, maximum, 2);
                var batch = probes.Take(BatchSize).ToArray();
                var together = Enumerable.Range(0, 3).Select(_ => Time(() => index.SearchBatch(batch, 1, maximum))).Order().ElementAt(1);
                var rate = BatchSize / together * 1000;
                var found = probes.Count(probe => index.Search(probe, 1, maximum).Length > 0);
                var ours = one.Quantile(0.5);
                var theirs = peers is null ? "| | | |" : $"| {peers[0]:f1} | {peers[0] / ours:f0} | {peers[1]:f0} | {rate / peers[1]:f1} |";
                Console.WriteLine($"| {(measured ? "like LFW" : "random")} | {size:n0} | {distance:f2} | {name} | {ours:f3} ({one.Quantile(0.95):f3}) | {two.Quantile(0.5):f3} ({two.Quantile(0.95):f3}) | {rate:f0} | {found} of {probes.Count} {theirs}");
            }
        }

        GC.KeepAlive(index);
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }

    private static double[] Times(FaceIndex index, List<sbyte[]> probes, int maximum, int threads)
    {
        foreach (var probe in probes.Take(10))
            index.Search(probe, 1, maximum, threads);
        // The best of three for each probe, taken in turns: what others do on the machine is not the search's.
        var rounds = Enumerable.Range(0, 3).Select(_ => probes.Select(probe => Time(() => index.Search(probe, 1, maximum, threads))).ToArray()).ToArray();
        return [.. Enumerable.Range(0, probes.Count).Select(i => rounds.Min(round => round[i]))];
    }

    private static double Time(Action search)
    {
        var start = Stopwatch.GetTimestamp();
        search();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    // Median milliseconds a query, and queries a second of 32 together.
    private static double[] Peer(string faiss, string templates, List<sbyte[]> probes)
    {
        var file = Path.GetTempFileName();
        using (var stream = File.Create(file))
            probes.ForEach(probe => stream.Write(MemoryMarshal.AsBytes<sbyte>(probe)));
        var start = new ProcessStartInfo(faiss, [templates, file, $"{probes[0].Length}"]) { RedirectStandardOutput = true };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("OPENBLAS_", StringComparison.Ordinal) || name.StartsWith("OMP_", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        start.Environment["OMP_NUM_THREADS"] = "1";
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        File.Delete(file);
        return [.. output.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(number => double.Parse(number, CultureInfo.InvariantCulture))];
    }
}
