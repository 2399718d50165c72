using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FaceId.Infrastructure.Faces.Kernels;

/// <summary>The transforms of Winograd's minimal filtering, eight channels at a time.</summary>
/// <remarks>
/// Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks". A tile of n x n inputs d becomes B' d B, filters of r x r become
/// G g G', and the answer is A' (…) A of their products: n² multiplications for (n − r + 1)² outputs, each of which would need r². B' depends on
/// the points alone: 0, ±1, ∞ for n = 4, 0, ±1, ±2, ∞ for n = 6, and 0, ±1, ±2, ±1/2, ∞ for n = 8.
/// </remarks>
[SkipLocalsInit]
internal static unsafe class WinogradTransforms
{
    /// <summary>Most rows and columns of outputs of a tile.</summary>
    public const int MostOutputs = 6;

    private const int Outputs4 = 2;
    private const int Outputs6 = 4;

    private static readonly double[] Points4 = [0, 1, -1];
    private static readonly double[] Factors4 = [1, 1.0 / 2, 1.0 / 2];
    private static readonly double[] Points6 = [0, 1, -1, 2, -2];
    private static readonly double[] Factors6 = [1.0 / 4, -1.0 / 6, -1.0 / 6, 1.0 / 24, 1.0 / 24];
    private static readonly double[] Points8 = [0, 1, -1, 2, -2, 0.5, -0.5];
    private static readonly double[] Factors8 = [1, -2.0 / 9, -2.0 / 9, 1.0 / 90, 1.0 / 90, 32.0 / 45, 32.0 / 45];

    /// <summary>G: n x r.</summary>
    /// <param name="size">n: 4, 6 or 8.</param>
    /// <param name="taps">r.</param>
    public static double[,] Filter(int size, int taps)
    {
        var (points, factors) = size switch
        {
            4 => (Points4, Factors4),
            6 => (Points6, Factors6),
            8 => (Points8, Factors8),
            _ => throw new ArgumentOutOfRangeException(nameof(size), size, "There are no such tiles."),
        };
        var matrix = new double[size, taps];
        for (var i = 0; i < points.Length; i++)
        {
            var power = factors[i];
            for (var j = 0; j < taps; j++, power *= points[i])
            {
                matrix[i, j] = power;
            }
        }

        matrix[size - 1, taps - 1] = 1;
        return matrix;
    }

    /// <summary>B' d B for n = 4.</summary>
    /// <param name="from">First of eight channels of the tile's first pixel.</param>
    /// <param name="to">Receives 16 vectors, <paramref name="toStep"/> floats apart.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Input4(float* from, nint rowStep, nint columnStep, float* to, nint toStep)
    {
        var half = stackalloc Vector256<float>[16];
        for (var x = 0; x < 4; x++)
        {
            var p = from + x * columnStep;
            Input4(Vector256.Load(p), Vector256.Load(p + rowStep), Vector256.Load(p + 2 * rowStep), Vector256.Load(p + 3 * rowStep), half + x, 4);
        }

        for (var y = 0; y < 4; y++)
        {
            var h = half + 4 * y;
            Input4(h[0], h[1], h[2], h[3], (Vector256<float>*)(to + 4 * y * toStep), toStep / Vector256<float>.Count);
        }
    }

    /// <summary>B' d B for n = 6.</summary>
    /// <param name="from">First of eight channels of the tile's first pixel.</param>
    /// <param name="to">Receives 36 vectors, <paramref name="toStep"/> floats apart.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Input6(float* from, nint rowStep, nint columnStep, float* to, nint toStep)
    {
        var half = stackalloc Vector256<float>[36];
        for (var x = 0; x < 6; x++)
        {
            var p = from + x * columnStep;
            Input6(
                Vector256.Load(p), Vector256.Load(p + rowStep), Vector256.Load(p + 2 * rowStep),
                Vector256.Load(p + 3 * rowStep), Vector256.Load(p + 4 * rowStep), Vector256.Load(p + 5 * rowStep),
                out half[x], out half[6 + x], out half[12 + x], out half[18 + x], out half[24 + x], out half[30 + x]);
        }

        for (var y = 0; y < 6; y++)
        {
            var h = half + 6 * y;
            Input6(h[0], h[1], h[2], h[3], h[4], h[5], out var t0, out var t1, out var t2, out var t3, out var t4, out var t5);
            var q = to + 6 * y * toStep;
            t0.Store(q);
            t1.Store(q + toStep);
            t2.Store(q + 2 * toStep);
            t3.Store(q + 3 * toStep);
            t4.Store(q + 4 * toStep);
            t5.Store(q + 5 * toStep);
        }
    }

    /// <summary>B' d B for n = 8.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Input8(float* from, nint rowStep, nint columnStep, float* to, nint toStep)
    {
        var half = stackalloc Vector256<float>[64];
        for (var x = 0; x < 8; x++)
        {
            var p = from + x * columnStep;
            Input8(
                Vector256.Load(p), Vector256.Load(p + rowStep), Vector256.Load(p + 2 * rowStep), Vector256.Load(p + 3 * rowStep),
                Vector256.Load(p + 4 * rowStep), Vector256.Load(p + 5 * rowStep), Vector256.Load(p + 6 * rowStep),
                Vector256.Load(p + 7 * rowStep), half + x, 8);
        }

        for (var y = 0; y < 8; y++)
        {
            var h = half + 8 * y;
            Input8(
                h[0], h[1], h[2], h[3], h[4], h[5], h[6], h[7],
                (Vector256<float>*)(to + 8 * y * toStep), toStep / Vector256<float>.Count);
        }
    }

    /// <summary>A' m A for n = 4: 16 products to 2 x 2 outputs.</summary>
    /// <param name="tile">Receives 4 vectors, row by row.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Output4(float* from, nint fromStep, Vector256<float>* tile)
    {
        var half = stackalloc Vector256<float>[Outputs4 * 4];
        for (var x = 0; x < 4; x++)
        {
            var p = from + x * fromStep;
            var step = 4 * fromStep;
            Output4(Vector256.Load(p), Vector256.Load(p + step), Vector256.Load(p + 2 * step), Vector256.Load(p + 3 * step), out half[x], out half[4 + x]);
        }

        for (var y = 0; y < Outputs4; y++)
        {
            var h = half + 4 * y;
            Output4(h[0], h[1], h[2], h[3], out tile[2 * y], out tile[2 * y + 1]);
        }
    }

    /// <summary>A' m A for n = 6: 36 products to 4 x 4 outputs.</summary>
    /// <param name="tile">Receives 16 vectors, row by row.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Output6(float* from, nint fromStep, Vector256<float>* tile)
    {
        var half = stackalloc Vector256<float>[24];
        for (var x = 0; x < 6; x++)
        {
            var p = from + x * fromStep;
            Output6(
                Vector256.Load(p), Vector256.Load(p + 6 * fromStep), Vector256.Load(p + 12 * fromStep),
                Vector256.Load(p + 18 * fromStep), Vector256.Load(p + 24 * fromStep), Vector256.Load(p + 30 * fromStep),
                out half[x], out half[6 + x], out half[12 + x], out half[18 + x]);
        }

        for (var y = 0; y < Outputs6; y++)
        {
            var h = half + 6 * y;
            Output6(
                h[0], h[1], h[2], h[3], h[4], h[5],
                out tile[4 * y], out tile[4 * y + 1], out tile[4 * y + 2], out tile[4 * y + 3]);
        }
    }

    /// <summary>A' m A for n = 8: 64 products to 4 x 4, 5 x 5 or 6 x 6 outputs.</summary>
    /// <param name="outputs">Rows and columns of outputs.</param>
    /// <param name="tile">Receives outputs² vectors, row by row.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Output8(float* from, nint fromStep, int outputs, Vector256<float>* tile)
    {
        var half = stackalloc Vector256<float>[MostOutputs * 8];
        for (var x = 0; x < 8; x++)
        {
            var p = from + x * fromStep;
            var step = 8 * fromStep;
            Output8(
                Vector256.Load(p), Vector256.Load(p + step), Vector256.Load(p + 2 * step), Vector256.Load(p + 3 * step),
                Vector256.Load(p + 4 * step), Vector256.Load(p + 5 * step), Vector256.Load(p + 6 * step), Vector256.Load(p + 7 * step),
                outputs, half + x, 8);
        }

        for (var y = 0; y < outputs; y++)
        {
            var h = half + 8 * y;
            Output8(h[0], h[1], h[2], h[3], h[4], h[5], h[6], h[7], outputs, tile, 1);
            tile += outputs;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Input4(
        Vector256<float> d0, Vector256<float> d1, Vector256<float> d2, Vector256<float> d3, Vector256<float>* to, nint step)
    {
        to[0] = d0 - d2;
        to[step] = d1 + d2;
        to[2 * step] = d2 - d1;
        to[3 * step] = d3 - d1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Output4(
        Vector256<float> m0, Vector256<float> m1, Vector256<float> m2, Vector256<float> m3, out Vector256<float> y0, out Vector256<float> y1)
    {
        y0 = m0 + m1 + m2;
        y1 = m1 - m2 + m3;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Input6(
        Vector256<float> d0, Vector256<float> d1, Vector256<float> d2, Vector256<float> d3, Vector256<float> d4, Vector256<float> d5,
        out Vector256<float> t0, out Vector256<float> t1, out Vector256<float> t2,
        out Vector256<float> t3, out Vector256<float> t4, out Vector256<float> t5)
    {
        var four = Vector256.Create(4f);
        var minusFour = Vector256.Create(-4f);
        var minusFive = Vector256.Create(-5f);
        t0 = Times(four, d0, Times(minusFive, d2, d4));
        t5 = Times(four, d1, Times(minusFive, d3, d5));
        var even = Times(minusFour, d2, d4);
        var odd = Times(minusFour, d1, d3);
        t1 = even + odd;
        t2 = even - odd;
        even = d4 - d2;
        odd = d3 - d1;
        odd += odd;
        t3 = even + odd;
        t4 = even - odd;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Output6(
        Vector256<float> m0, Vector256<float> m1, Vector256<float> m2, Vector256<float> m3, Vector256<float> m4, Vector256<float> m5,
        out Vector256<float> y0, out Vector256<float> y1, out Vector256<float> y2, out Vector256<float> y3)
    {
        var a = m1 + m2;
        var b = m1 - m2;
        var c = m3 + m4;
        var d = m3 - m4;
        y0 = m0 + a + c;
        y1 = Times(Vector256.Create(2f), d, b);
        y2 = Times(Vector256.Create(4f), c, a);
        y3 = Times(Vector256.Create(8f), d, b) + m5;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Input8(
        Vector256<float> d0, Vector256<float> d1, Vector256<float> d2, Vector256<float> d3,
        Vector256<float> d4, Vector256<float> d5, Vector256<float> d6, Vector256<float> d7, Vector256<float>* to, nint step)
    {
        to[0] = Times(Vector256.Create(5.25f), d4 - d2, d0 - d6);
        to[7 * step] = Times(Vector256.Create(5.25f), d3 - d5, d7 - d1);
        var even = Times(Vector256.Create(-4.25f), d4, d2 + d6);
        var odd = Times(Vector256.Create(-4.25f), d3, d1 + d5);
        to[step] = even + odd;
        to[2 * step] = even - odd;
        even = Times(Vector256.Create(0.25f), d2, Times(Vector256.Create(-1.25f), d4, d6));
        odd = Times(Vector256.Create(0.5f), d1, Times(Vector256.Create(-2.5f), d3, d5 + d5));
        to[3 * step] = even + odd;
        to[4 * step] = even - odd;
        even = Times(Vector256.Create(4f), d2, Times(Vector256.Create(-5f), d4, d6));
        odd = Times(Vector256.Create(0.5f), d5, Times(Vector256.Create(-2.5f), d3, d1 + d1));
        to[5 * step] = even + odd;
        to[6 * step] = even - odd;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Output8(
        Vector256<float> m0, Vector256<float> m1, Vector256<float> m2, Vector256<float> m3,
        Vector256<float> m4, Vector256<float> m5, Vector256<float> m6, Vector256<float> m7,
        int outputs, Vector256<float>* to, nint step)
    {
        var a = m1 + m2;
        var b = m1 - m2;
        var c = m3 + m4;
        var d = m3 - m4;
        var e = m5 + m6;
        var f = m5 - m6;
        to[0] = m0 + a + c + e;
        to[step] = Times(Vector256.Create(2f), d, Times(Vector256.Create(0.5f), f, b));
        to[2 * step] = Times(Vector256.Create(4f), c, Times(Vector256.Create(0.25f), e, a));
        var last = Times(Vector256.Create(8f), d, Times(Vector256.Create(0.125f), f, b));
        if (outputs > 4)
        {
            to[3 * step] = last;
            last = Times(Vector256.Create(16f), c, Times(Vector256.Create(1 / 16f), e, a));
        }

        if (outputs > 5)
        {
            to[4 * step] = last;
            last = Times(Vector256.Create(32f), d, Times(Vector256.Create(1 / 32f), f, b));
        }

        to[(outputs - 1) * step] = last + m7;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Times(Vector256<float> a, Vector256<float> b, Vector256<float> c) => Vector256.MultiplyAddEstimate(a, b, c);
}
