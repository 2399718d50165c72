using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FaceId.Infrastructure.Faces.Kernels;

/// <summary>The same as <see cref="Products"/> with two panels at a time, for processors with vectors of sixteen numbers.</summary>
/// <remarks>Six rows times two such vectors are twelve sums again. Each sum takes its products in the same order, so the results are the same to the last bit.</remarks>
internal static unsafe class WideProducts
{
    /// <summary>Columns of both panels.</summary>
    public const int Columns = 2 * Products.Columns;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(float* rows, nint rowStep, int count, Products.Runs runs, float* panels, float* result, nint resultStep)
    {
        while (count > 0)
        {
            if (count is > 4 and not 7 and not 8)
            {
                Six(rows, rowStep, runs, panels, result, resultStep);
                rows += Products.MostRows * rowStep;
                result += Products.MostRows * resultStep;
                count -= Products.MostRows;
            }
            else
            {
                Four(rows, rowStep, runs, panels, result, resultStep);
                rows += 4 * rowStep;
                result += 4 * resultStep;
                count -= 4;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(Products.Row* rows, int count, Products.Runs runs, float* panels, Products.Ending ending)
    {
        if (count > 4)
        {
            SixAnywhere(rows, count, runs, panels, ending);
        }
        else
        {
            FourAnywhere(rows, count, runs, panels, ending);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Six(float* a, nint step, Products.Runs runs, float* panel, float* result, nint resultStep)
    {
        Vector512<float> a0 = default, a1 = default, b0 = default, b1 = default, c0 = default, c1 = default;
        Vector512<float> d0 = default, d1 = default, e0 = default, e1 = default, f0 = default, f1 = default;
        var other = panel + runs.Length * runs.Count * Products.Columns;
        for (var run = runs.Count; run > 0; run--)
        {
            var p = a;
            var q = a + 3 * step;
            for (var i = runs.Length; i > 0; i--)
            {
                Products.FetchAhead(panel);
                Products.FetchAhead(other);
                var w0 = Vector512.Load(panel);
                var w1 = Vector512.Load(other);
                var x = Vector512.Create(*p);
                a0 = Vector512.MultiplyAddEstimate(x, w0, a0);
                a1 = Vector512.MultiplyAddEstimate(x, w1, a1);
                x = Vector512.Create(p[step]);
                b0 = Vector512.MultiplyAddEstimate(x, w0, b0);
                b1 = Vector512.MultiplyAddEstimate(x, w1, b1);
                x = Vector512.Create(p[2 * step]);
                c0 = Vector512.MultiplyAddEstimate(x, w0, c0);
                c1 = Vector512.MultiplyAddEstimate(x, w1, c1);
                x = Vector512.Create(*q);
                d0 = Vector512.MultiplyAddEstimate(x, w0, d0);
                d1 = Vector512.MultiplyAddEstimate(x, w1, d1);
                x = Vector512.Create(q[step]);
                e0 = Vector512.MultiplyAddEstimate(x, w0, e0);
                e1 = Vector512.MultiplyAddEstimate(x, w1, e1);
                x = Vector512.Create(q[2 * step]);
                f0 = Vector512.MultiplyAddEstimate(x, w0, f0);
                f1 = Vector512.MultiplyAddEstimate(x, w1, f1);
                panel += Products.Columns;
                other += Products.Columns;
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
    private static void Four(float* a, nint step, Products.Runs runs, float* panel, float* result, nint resultStep)
    {
        Vector512<float> a0 = default, a1 = default, b0 = default, b1 = default;
        Vector512<float> c0 = default, c1 = default, d0 = default, d1 = default;
        var other = panel + runs.Length * runs.Count * Products.Columns;
        for (var run = runs.Count; run > 0; run--)
        {
            var p = a;
            var q = a + 2 * step;
            for (var i = runs.Length; i > 0; i--)
            {
                Products.FetchAhead(panel);
                Products.FetchAhead(other);
                var w0 = Vector512.Load(panel);
                var w1 = Vector512.Load(other);
                var x = Vector512.Create(*p);
                a0 = Vector512.MultiplyAddEstimate(x, w0, a0);
                a1 = Vector512.MultiplyAddEstimate(x, w1, a1);
                x = Vector512.Create(p[step]);
                b0 = Vector512.MultiplyAddEstimate(x, w0, b0);
                b1 = Vector512.MultiplyAddEstimate(x, w1, b1);
                x = Vector512.Create(*q);
                c0 = Vector512.MultiplyAddEstimate(x, w0, c0);
                c1 = Vector512.MultiplyAddEstimate(x, w1, c1);
                x = Vector512.Create(q[step]);
                d0 = Vector512.MultiplyAddEstimate(x, w0, d0);
                d1 = Vector512.MultiplyAddEstimate(x, w1, d1);
                panel += Products.Columns;
                other += Products.Columns;
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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SixAnywhere(Products.Row* rows, int count, Products.Runs runs, float* panel, Products.Ending ending)
    {
        Vector512<float> a0 = default, a1 = default, b0 = default, b1 = default, c0 = default, c1 = default;
        Vector512<float> d0 = default, d1 = default, e0 = default, e1 = default, f0 = default, f1 = default;
        var other = panel + runs.Length * runs.Count * Products.Columns;
        float* p = rows[0].From, q = rows[1].From, r = rows[2].From;
        float* s = rows[3].From, t = rows[4].From, u = rows[5].From;
        for (var run = runs.Count; run > 0; run--)
        {
            for (nint i = 0; i < runs.Length; i++)
            {
                Products.FetchAhead(panel);
                Products.FetchAhead(other);
                var w0 = Vector512.Load(panel);
                var w1 = Vector512.Load(other);
                var x = Vector512.Create(p[i]);
                a0 = Vector512.MultiplyAddEstimate(x, w0, a0);
                a1 = Vector512.MultiplyAddEstimate(x, w1, a1);
                x = Vector512.Create(q[i]);
                b0 = Vector512.MultiplyAddEstimate(x, w0, b0);
                b1 = Vector512.MultiplyAddEstimate(x, w1, b1);
                x = Vector512.Create(r[i]);
                c0 = Vector512.MultiplyAddEstimate(x, w0, c0);
                c1 = Vector512.MultiplyAddEstimate(x, w1, c1);
                x = Vector512.Create(s[i]);
                d0 = Vector512.MultiplyAddEstimate(x, w0, d0);
                d1 = Vector512.MultiplyAddEstimate(x, w1, d1);
                x = Vector512.Create(t[i]);
                e0 = Vector512.MultiplyAddEstimate(x, w0, e0);
                e1 = Vector512.MultiplyAddEstimate(x, w1, e1);
                x = Vector512.Create(u[i]);
                f0 = Vector512.MultiplyAddEstimate(x, w0, f0);
                f1 = Vector512.MultiplyAddEstimate(x, w1, f1);
                panel += Products.Columns;
                other += Products.Columns;
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
    private static void FourAnywhere(Products.Row* rows, int count, Products.Runs runs, float* panel, Products.Ending ending)
    {
        Vector512<float> a0 = default, a1 = default, b0 = default, b1 = default;
        Vector512<float> c0 = default, c1 = default, d0 = default, d1 = default;
        var other = panel + runs.Length * runs.Count * Products.Columns;
        float* p = rows[0].From, q = rows[1].From;
        float* r = rows[2].From, s = rows[3].From;
        for (var run = runs.Count; run > 0; run--)
        {
            for (nint i = 0; i < runs.Length; i++)
            {
                Products.FetchAhead(panel);
                Products.FetchAhead(other);
                var w0 = Vector512.Load(panel);
                var w1 = Vector512.Load(other);
                var x = Vector512.Create(p[i]);
                a0 = Vector512.MultiplyAddEstimate(x, w0, a0);
                a1 = Vector512.MultiplyAddEstimate(x, w1, a1);
                x = Vector512.Create(q[i]);
                b0 = Vector512.MultiplyAddEstimate(x, w0, b0);
                b1 = Vector512.MultiplyAddEstimate(x, w1, b1);
                x = Vector512.Create(r[i]);
                c0 = Vector512.MultiplyAddEstimate(x, w0, c0);
                c1 = Vector512.MultiplyAddEstimate(x, w1, c1);
                x = Vector512.Create(s[i]);
                d0 = Vector512.MultiplyAddEstimate(x, w0, d0);
                d1 = Vector512.MultiplyAddEstimate(x, w1, d1);
                panel += Products.Columns;
                other += Products.Columns;
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
    private static void Store(Vector512<float> low, Vector512<float> high, float* to)
    {
        low.Store(to);
        high.Store(to + Products.Columns);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Products.Row* row, Products.Ending ending, Vector512<float> low, Vector512<float> high) =>
        Store(Ended(low, row, ending, 0), Ended(high, row, ending, Products.Columns), row->To + ending.Column);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Ended(Vector512<float> sum, Products.Row* row, Products.Ending ending, nint at)
    {
        sum += Vector512.Load(ending.Bias + at);
        if (row->Other is not null)
        {
            sum += Vector512.Load(row->Other + ending.Column + at);
        }

        return ending.Slopes is not null
            ? Vector512.MultiplyAddEstimate(
                Vector512.MinNative(sum, Vector512<float>.Zero), Vector512.Load(ending.Slopes + at), Vector512.MaxNative(sum, Vector512<float>.Zero))
            : ending.Relu ? Vector512.MaxNative(sum, Vector512<float>.Zero) : sum;
    }
}
