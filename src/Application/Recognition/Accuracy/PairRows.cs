using System.Numerics;
using System.Runtime.InteropServices;

namespace FaceId.Application.Recognition.Accuracy;

/// <summary>Walks over the distances of all pairs of samples without keeping them, on all processors.</summary>
internal static class PairRows
{
    /// <summary>Rows that are compared at a time with each further sample, which is then read from memory once for all of them.</summary>
    private const int Block = 4;

    /// <param name="sample">Index of a sample.</param>
    /// <param name="distances">Its Euclidean distances to all samples after it, in their order.</param>
    /// <param name="state">What the worker has gathered so far; no other worker uses it meanwhile.</param>
    public delegate void Row<in TState>(int sample, ReadOnlySpan<float> distances, TState state);

    /// <returns>What each worker gathered.</returns>
    /// <param name="progress">Told the share that is done, from any thread.</param>
    public static IReadOnlyList<TState> Walk<TState>(
        SampleSet samples, Func<TState> start, Row<TState> row, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        var count = samples.Samples.Count;
        var blocks = (count + Block - 1) / Block;
        var states = new List<TState>();
        var done = 0;
        var options = new ParallelOptions { CancellationToken = cancellationToken };
        Parallel.For(
            0,
            blocks,
            options,
            () => (State: start(), Buffer: new float[Block * count]),
            (block, _, worker) =>
            {
                var first = block * Block;
                var rows = Math.Min(Block, count - first);
                var width = count - first;
                Measure(samples, first, rows, worker.Buffer);
                for (var r = 0; r < rows; r++)
                {
                    row(first + r, worker.Buffer.AsSpan(r * width + r + 1, width - r - 1), worker.State);
                }

                if (Interlocked.Increment(ref done) % 64 == 0)
                {
                    progress?.Report((double)done / blocks);
                }

                return worker;
            },
            worker =>
            {
                lock (states)
                {
                    states.Add(worker.State);
                }
            });
        progress?.Report(1);
        return states;
    }

    /// <summary>Distances of some rows to the samples from the first of them on.</summary>
    private static void Measure(SampleSet samples, int first, int rows, float[] distances)
    {
        var stride = samples.Stride / Vector<float>.Count;
        var values = MemoryMarshal.Cast<float, Vector<float>>(samples.Values.AsSpan());
        var width = samples.Samples.Count - first;
        if (rows == Block)
        {
            var a = values.Slice(first * stride, stride);
            var b = values.Slice((first + 1) * stride, stride);
            var c = values.Slice((first + 2) * stride, stride);
            var d = values.Slice((first + 3) * stride, stride);
            for (var j = 0; j < width; j++)
            {
                var other = values.Slice((first + j) * stride, stride);
                var (sa, sb, sc, sd) = (Vector<float>.Zero, Vector<float>.Zero, Vector<float>.Zero, Vector<float>.Zero);
                for (var k = 0; k < other.Length; k++)
                {
                    var o = other[k];
                    var (da, db, dc, dd) = (a[k] - o, b[k] - o, c[k] - o, d[k] - o);
                    sa = Vector.FusedMultiplyAdd(da, da, sa);
                    sb = Vector.FusedMultiplyAdd(db, db, sb);
                    sc = Vector.FusedMultiplyAdd(dc, dc, sc);
                    sd = Vector.FusedMultiplyAdd(dd, dd, sd);
                }

                distances[j] = MathF.Sqrt(Vector.Sum(sa));
                distances[width + j] = MathF.Sqrt(Vector.Sum(sb));
                distances[2 * width + j] = MathF.Sqrt(Vector.Sum(sc));
                distances[3 * width + j] = MathF.Sqrt(Vector.Sum(sd));
            }

            return;
        }

        for (var r = 0; r < rows; r++)
        {
            var a = values.Slice((first + r) * stride, stride);
            for (var j = 0; j < width; j++)
            {
                var other = values.Slice((first + j) * stride, stride);
                var sum = Vector<float>.Zero;
                for (var k = 0; k < other.Length; k++)
                {
                    var difference = a[k] - other[k];
                    sum = Vector.FusedMultiplyAdd(difference, difference, sum);
                }

                distances[r * width + j] = MathF.Sqrt(Vector.Sum(sum));
            }
        }
    }
}
