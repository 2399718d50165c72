using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FaceId.Infrastructure.Faces.Kernels;

/// <summary>Products of a few rows of numbers with a panel of sixteen columns: the inner loop of every convolution here.</summary>
/// <remarks>
/// A row of the left side is a sequence of runs: <c>length</c> numbers in a row, then the next run <c>runStep</c> further on. One run is
/// a matrix product; several are a convolution, one run for each row of the filter. The panel holds sixteen numbers for each number of a
/// row. Six rows times sixteen columns keep twelve sums in registers, which hides the latency of the multiply-add on any processor with
/// sixteen vector registers.
/// </remarks>
internal static unsafe class Products
{
    /// <summary>Columns of a panel.</summary>
    public const int Columns = 16;

    /// <summary>Rows whose sums are kept in registers together.</summary>
    public const int MostRows = 6;

    /// <summary>Floats between what is multiplied and what is fetched.</summary>
    private const int Ahead = 1024;

    /// <summary>Where the number at (input, output) lies in panels of that many inputs: panel, input, sixteen outputs.</summary>
    public static nint At(int inputs, int input, int output) =>
        (nint)(output / Columns) * inputs * Columns + input * Columns + output % Columns;

    /// <summary>Outputs rounded up to whole panels.</summary>
    public static int Padded(int outputs) => (outputs + Columns - 1) / Columns * Columns;

    /// <summary>How many of so many columns are multiplied at a time: two panels where the processor has vectors for them, else one.</summary>
    public static int Together(int columns) => Vector512.IsHardwareAccelerated && columns >= WideProducts.Columns ? WideProducts.Columns : Columns;

    /// <summary>How many rows a product of so many may read and write.</summary>
    public static int PaddedRows(int rows) => rows + 3;

    /// <summary>Multiplies any number of rows with one panel or two.</summary>
    /// <remarks>
    /// Rows are taken six or four at a time, for fewer would keep the processor waiting for its own sums. So up to three rows after the
    /// last one are read and written too.
    /// </remarks>
    /// <param name="rows">The first number of the first row.</param>
    /// <param name="rowStep">Floats from one row to the next.</param>
    /// <param name="columns">What <see cref="Together"/> says.</param>
    /// <param name="result">Receives so many sums for each row.</param>
    /// <param name="resultStep">Floats from one row of the result to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(float* rows, nint rowStep, int count, Runs runs, float* panel, int columns, float* result, nint resultStep)
    {
        if (columns == WideProducts.Columns)
        {
            WideProducts.Multiply(rows, rowStep, count, runs, panel, result, resultStep);
            return;
        }

        while (count > 0)
        {
            if (count is > 4 and not 7 and not 8)
            {
                Six(rows, rowStep, runs, panel, result, resultStep);
                rows += MostRows * rowStep;
                result += MostRows * resultStep;
                count -= MostRows;
            }
            else
            {
                Four(rows, rowStep, runs, panel, result, resultStep);
                rows += 4 * rowStep;
                result += 4 * resultStep;
                count -= 4;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Six(float* a, nint step, Runs runs, float* panel, float* result, nint resultStep)
    {
        Vector256<float> a0 = default, a1 = default, b0 = default, b1 = default, c0 = default, c1 = default;
        Vector256<float> d0 = default, d1 = default, e0 = default, e1 = default, f0 = default, f1 = default;
        for (var run = runs.Count; run > 0; run--)
        {
            var p = a;
            var q = a + 3 * step;
            for (var i = runs.Length; i > 0; i--)
            {
                FetchAhead(panel);
                var w0 = Vector256.Load(panel);
                var w1 = Vector256.Load(panel + 8);
                var x = Vector256.Create(*p);
                a0 = Vector256.MultiplyAddEstimate(x, w0, a0);
                a1 = Vector256.MultiplyAddEstimate(x, w1, a1);
                x = Vector256.Create(p[step]);
                b0 = Vector256.MultiplyAddEstimate(x, w0, b0);
                b1 = Vector256.MultiplyAddEstimate(x, w1, b1);
                x = Vector256.Create(p[2 * step]);
                c0 = Vector256.MultiplyAddEstimate(x, w0, c0);
                c1 = Vector256.MultiplyAddEstimate(x, w1, c1);
                x = Vector256.Create(*q);
                d0 = Vector256.MultiplyAddEstimate(x, w0, d0);
                d1 = Vector256.MultiplyAddEstimate(x, w1, d1);
                x = Vector256.Create(q[step]);
                e0 = Vector256.MultiplyAddEstimate(x, w0, e0);
                e1 = Vector256.MultiplyAddEstimate(x, w1, e1);
                x = Vector256.Create(q[2 * step]);
                f0 = Vector256.MultiplyAddEstimate(x, w0, f0);
                f1 = Vector256.MultiplyAddEstimate(x, w1, f1);
                panel += Columns;
                p++;
                q++;
            }

            a += runs.Step;
        }

        Store(a0, a1, result);
        Store(b0, b1, result + resultStep);
        Store(c0, c1, result + 2 * resultStep);
        Store(d0, d1, result + 3 * resultStep);
        Store(e0, e1, result + 4 * resultStep);
        Store(f0, f1, result + 5 * resultStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Four(float* a, nint step, Runs runs, float* panel, float* result, nint resultStep)
    {
        Vector256<float> a0 = default, a1 = default, b0 = default, b1 = default;
        Vector256<float> c0 = default, c1 = default, d0 = default, d1 = default;
        for (var run = runs.Count; run > 0; run--)
        {
            var p = a;
            var q = a + 2 * step;
            for (var i = runs.Length; i > 0; i--)
            {
                FetchAhead(panel);
                var w0 = Vector256.Load(panel);
                var w1 = Vector256.Load(panel + 8);
                var x = Vector256.Create(*p);
                a0 = Vector256.MultiplyAddEstimate(x, w0, a0);
                a1 = Vector256.MultiplyAddEstimate(x, w1, a1);
                x = Vector256.Create(p[step]);
                b0 = Vector256.MultiplyAddEstimate(x, w0, b0);
                b1 = Vector256.MultiplyAddEstimate(x, w1, b1);
                x = Vector256.Create(*q);
                c0 = Vector256.MultiplyAddEstimate(x, w0, c0);
                c1 = Vector256.MultiplyAddEstimate(x, w1, c1);
                x = Vector256.Create(q[step]);
                d0 = Vector256.MultiplyAddEstimate(x, w0, d0);
                d1 = Vector256.MultiplyAddEstimate(x, w1, d1);
                panel += Columns;
                p++;
                q++;
            }

            a += runs.Step;
        }

        Store(a0, a1, result);
        Store(b0, b1, result + resultStep);
        Store(c0, c1, result + 2 * resultStep);
        Store(d0, d1, result + 3 * resultStep);
    }

    /// <summary>Multiplies up to six rows that lie anywhere with one panel or two.</summary>
    /// <param name="rows">Room for <see cref="MostRows"/> rows; those from <paramref name="count"/> on are overwritten.</param>
    /// <param name="columns">What <see cref="Together"/> says.</param>
    /// <param name="ending">What becomes of the sums.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(Row* rows, int count, Runs runs, float* panel, int columns, Ending ending)
    {
        // Missing rows are computed and not stored: reading the panel once is what counts.
        for (var i = count; i < MostRows; i++)
        {
            rows[i] = rows[0];
        }

        if (columns == WideProducts.Columns)
        {
            WideProducts.Multiply(rows, count, runs, panel, ending);
        }
        else if (count > 4)
        {
            SixAnywhere(rows, count, runs, panel, ending);
        }
        else
        {
            FourAnywhere(rows, count, runs, panel, ending);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SixAnywhere(Row* rows, int count, Runs runs, float* panel, Ending ending)
    {
        Vector256<float> a0 = default, a1 = default, b0 = default, b1 = default, c0 = default, c1 = default;
        Vector256<float> d0 = default, d1 = default, e0 = default, e1 = default, f0 = default, f1 = default;
        float* p = rows[0].From, q = rows[1].From, r = rows[2].From;
        float* s = rows[3].From, t = rows[4].From, u = rows[5].From;
        for (var run = runs.Count; run > 0; run--)
        {
            for (nint i = 0; i < runs.Length; i++)
            {
                FetchAhead(panel);
                var w0 = Vector256.Load(panel);
                var w1 = Vector256.Load(panel + 8);
                var x = Vector256.Create(p[i]);
                a0 = Vector256.MultiplyAddEstimate(x, w0, a0);
                a1 = Vector256.MultiplyAddEstimate(x, w1, a1);
                x = Vector256.Create(q[i]);
                b0 = Vector256.MultiplyAddEstimate(x, w0, b0);
                b1 = Vector256.MultiplyAddEstimate(x, w1, b1);
                x = Vector256.Create(r[i]);
                c0 = Vector256.MultiplyAddEstimate(x, w0, c0);
                c1 = Vector256.MultiplyAddEstimate(x, w1, c1);
                x = Vector256.Create(s[i]);
                d0 = Vector256.MultiplyAddEstimate(x, w0, d0);
                d1 = Vector256.MultiplyAddEstimate(x, w1, d1);
                x = Vector256.Create(t[i]);
                e0 = Vector256.MultiplyAddEstimate(x, w0, e0);
                e1 = Vector256.MultiplyAddEstimate(x, w1, e1);
                x = Vector256.Create(u[i]);
                f0 = Vector256.MultiplyAddEstimate(x, w0, f0);
                f1 = Vector256.MultiplyAddEstimate(x, w1, f1);
                panel += Columns;
            }

            p += runs.Step;
            q += runs.Step;
            r += runs.Step;
            s += runs.Step;
            t += runs.Step;
            u += runs.Step;
        }

        Store(rows, ending, a0, a1);
        if (count > 1)
        {
            Store(rows + 1, ending, b0, b1);
        }

        if (count > 2)
        {
            Store(rows + 2, ending, c0, c1);
        }

        if (count > 3)
        {
            Store(rows + 3, ending, d0, d1);
        }

        if (count > 4)
        {
            Store(rows + 4, ending, e0, e1);
        }

        if (count > 5)
        {
            Store(rows + 5, ending, f0, f1);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourAnywhere(Row* rows, int count, Runs runs, float* panel, Ending ending)
    {
        Vector256<float> a0 = default, a1 = default, b0 = default, b1 = default;
        Vector256<float> c0 = default, c1 = default, d0 = default, d1 = default;
        float* p = rows[0].From, q = rows[1].From, r = rows[2].From, s = rows[3].From;
        for (var run = runs.Count; run > 0; run--)
        {
            for (nint i = 0; i < runs.Length; i++)
            {
                FetchAhead(panel);
                var w0 = Vector256.Load(panel);
                var w1 = Vector256.Load(panel + 8);
                var x = Vector256.Create(p[i]);
                a0 = Vector256.MultiplyAddEstimate(x, w0, a0);
                a1 = Vector256.MultiplyAddEstimate(x, w1, a1);
                x = Vector256.Create(q[i]);
                b0 = Vector256.MultiplyAddEstimate(x, w0, b0);
                b1 = Vector256.MultiplyAddEstimate(x, w1, b1);
                x = Vector256.Create(r[i]);
                c0 = Vector256.MultiplyAddEstimate(x, w0, c0);
                c1 = Vector256.MultiplyAddEstimate(x, w1, c1);
                x = Vector256.Create(s[i]);
                d0 = Vector256.MultiplyAddEstimate(x, w0, d0);
                d1 = Vector256.MultiplyAddEstimate(x, w1, d1);
                panel += Columns;
            }

            p += runs.Step;
            q += runs.Step;
            r += runs.Step;
            s += runs.Step;
        }

        Store(rows, ending, a0, a1);
        if (count > 1)
        {
            Store(rows + 1, ending, b0, b1);
        }

        if (count > 2)
        {
            Store(rows + 2, ending, c0, c1);
        }

        if (count > 3)
        {
            Store(rows + 3, ending, d0, d1);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector256<float> low, Vector256<float> high, float* to)
    {
        low.Store(to);
        high.Store(to + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Row* row, Ending ending, Vector256<float> low, Vector256<float> high)
    {
        low += Vector256.Load(ending.Bias);
        high += Vector256.Load(ending.Bias + 8);
        if (row->Other is not null)
        {
            low += Vector256.Load(row->Other + ending.Column);
            high += Vector256.Load(row->Other + ending.Column + 8);
        }

        if (ending.Slopes is not null)
        {
            low = Vector256.MultiplyAddEstimate(
                Vector256.MinNative(low, Vector256<float>.Zero), Vector256.Load(ending.Slopes), Vector256.MaxNative(low, Vector256<float>.Zero));
            high = Vector256.MultiplyAddEstimate(
                Vector256.MinNative(high, Vector256<float>.Zero), Vector256.Load(ending.Slopes + 8), Vector256.MaxNative(high, Vector256<float>.Zero));
        }
        else if (ending.Relu)
        {
            low = Vector256.MaxNative(low, Vector256<float>.Zero);
            high = Vector256.MaxNative(high, Vector256<float>.Zero);
        }

        Store(low, high, row->To + ending.Column);
    }

    /// <summary>Asks for a part of the panel before it is needed; large filters come from far down the memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void FetchAhead(float* panel)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(panel + Ahead);
        }
    }

    /// <param name="from">The first number of the row.</param>
    /// <param name="to">Receives a sum for each column.</param>
    /// <param name="other">Numbers to add, one for each column, or null; may be <paramref name="to"/>.</param>
    public readonly struct Row(float* from, float* to, float* other)
    {
        public float* From { get; } = from;

        public float* To { get; } = to;

        public float* Other { get; } = other;
    }

    /// <param name="bias">Numbers to add, one for each column.</param>
    /// <param name="relu">Negative results become zero.</param>
    /// <param name="slopes">Numbers that negative results are multiplied with instead, or null.</param>
    /// <param name="column">Floats from where a row's results (and what is added to them) begin to the panel's.</param>
    public readonly struct Ending(float* bias, bool relu, float* slopes = null, nint column = 0)
    {
        public float* Bias { get; } = bias;

        public bool Relu { get; } = relu;

        public float* Slopes { get; } = slopes;

        public nint Column { get; } = column;
    }

    /// <param name="Length">Numbers of one run.</param>
    /// <param name="Count">Runs of one row.</param>
    /// <param name="Step">Floats from one run to the next.</param>
    public readonly record struct Runs(nint Length, int Count = 1, nint Step = 0);
}
