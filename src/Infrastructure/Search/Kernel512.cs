using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FaceId.Infrastructure.Search;

/// <summary>AVX-512BW.</summary>
/// <remarks>
/// A register is a table of 32 words, which one instruction looks 32 codes up in by the lowest five bits of each word. A code has four, so the
/// table is there twice, and nothing needs masking.
/// </remarks>
internal readonly unsafe struct Kernel512 : ISearchKernel
{
    public static void WriteTable(ReadOnlySpan<short> worth, byte* table)
    {
        worth.CopyTo(new Span<short>(table, SketchRule.Levels));
        worth.CopyTo(new Span<short>(table + ISearchKernel.VectorBytes / 2, SketchRule.Levels));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(byte* codes, int* columns, byte* tables, short* sums, int units, bool first)
    {
        byte* c0 = codes + columns[0], c1 = codes + columns[1], c2 = codes + columns[2], c3 = codes + columns[3];
        byte* c4 = codes + columns[4], c5 = codes + columns[5], c6 = codes + columns[6], c7 = codes + columns[7];
        var t0 = Table(tables, 0);
        var t1 = Table(tables, 1);
        var t2 = Table(tables, 2);
        var t3 = Table(tables, 3);
        var t4 = Table(tables, 4);
        var t5 = Table(tables, 5);
        var t6 = Table(tables, 6);
        var t7 = Table(tables, 7);
        for (nint at = 0; at < units * ISearchKernel.VectorBytes; at += ISearchKernel.VectorBytes)
        {
            for (var next = SketchPlan.Step; next < 2 * SketchPlan.Step; next++)
                Sse.Prefetch0(codes + columns[next] + at);
            Vector512<short> s0 = default, s1 = default, s2 = default, s3 = default;
            if (!first)
            {
                s0 = Vector512.Load(sums);
                s1 = Vector512.Load(sums + 32);
                s2 = Vector512.Load(sums + 64);
                s3 = Vector512.Load(sums + 96);
            }

            Add(c0 + at, t0, ref s0, ref s1, ref s2, ref s3);
            Add(c1 + at, t1, ref s0, ref s1, ref s2, ref s3);
            Add(c2 + at, t2, ref s0, ref s1, ref s2, ref s3);
            Add(c3 + at, t3, ref s0, ref s1, ref s2, ref s3);
            Add(c4 + at, t4, ref s0, ref s1, ref s2, ref s3);
            Add(c5 + at, t5, ref s0, ref s1, ref s2, ref s3);
            Add(c6 + at, t6, ref s0, ref s1, ref s2, ref s3);
            Add(c7 + at, t7, ref s0, ref s1, ref s2, ref s3);
            s0.Store(sums);
            s1.Store(sums + 32);
            s2.Store(sums + 64);
            s3.Store(sums + 96);
            sums += ISearchKernel.UnitFaces;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int Reached(byte* errors, byte* lengths, byte* tables, short* sums, int units, int first, int* found)
    {
        var t = Table(tables, 0);
        var u = Table(tables, 1);
        var count = 0;
        for (nint at = 0; at < units * ISearchKernel.VectorBytes; at += ISearchKernel.VectorBytes)
        {
            Vector512<short> s0 = default, s1 = default, s2 = default, s3 = default;
            if (sums != null)
            {
                s0 = Vector512.Load(sums);
                s1 = Vector512.Load(sums + 32);
                s2 = Vector512.Load(sums + 64);
                s3 = Vector512.Load(sums + 96);
                sums += ISearchKernel.UnitFaces;
            }

            Add(lengths + at, u, ref s0, ref s1, ref s2, ref s3);
            var x = Vector512.Load((ushort*)(errors + at));
            s0 = Avx512BW.AddSaturate(s0, Avx512BW.PermuteVar32x16(t, x.AsInt16()));
            s1 = Avx512BW.AddSaturate(s1, Avx512BW.PermuteVar32x16(t, (x >>> 4).AsInt16()));
            s2 = Avx512BW.AddSaturate(s2, Avx512BW.PermuteVar32x16(t, (x >>> 8).AsInt16()));
            s3 = Avx512BW.AddSaturate(s3, Avx512BW.PermuteVar32x16(t, (x >>> 12).AsInt16()));
            var low = ~(s0.ExtractMostSignificantBits() | s1.ExtractMostSignificantBits() << 32);
            var high = ~(s2.ExtractMostSignificantBits() | s3.ExtractMostSignificantBits() << 32);
            for (; low != 0; low &= low - 1)
                found[count++] = first + BitOperations.TrailingZeroCount(low);
            for (; high != 0; high &= high - 1)
                found[count++] = first + 64 + BitOperations.TrailingZeroCount(high);
            first += ISearchKernel.UnitFaces;
        }

        return count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int SquaredDistance(short* probe, sbyte* template, int length)
    {
        Vector512<int> s0 = default, s1 = default;
        for (var i = 0; i < length; i += 64)
        {
            var d0 = Avx512BW.ConvertToVector512Int16(Vector256.Load(template + i)) - Vector512.Load(probe + i);
            var d1 = Avx512BW.ConvertToVector512Int16(Vector256.Load(template + i + 32)) - Vector512.Load(probe + i + 32);
            s0 += Avx512BW.MultiplyAddAdjacent(d0, d0);
            s1 += Avx512BW.MultiplyAddAdjacent(d1, d1);
        }

        return Vector512.Sum(s0 + s1);
    }

    private static Vector512<short> Table(byte* tables, int i) => Vector512.Load((short*)(tables + i * ISearchKernel.VectorBytes));

    // High halves of products are shifts that other units of the processor do than those that look up.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(
        byte* codes, Vector512<short> table, ref Vector512<short> s0, ref Vector512<short> s1, ref Vector512<short> s2, ref Vector512<short> s3)
    {
        var x = Vector512.Load((ushort*)codes);
        s0 += Avx512BW.PermuteVar32x16(table, x.AsInt16());
        s1 += Avx512BW.PermuteVar32x16(table, Avx512BW.MultiplyHigh(x, Vector512.Create((ushort)0x1000)).AsInt16());
        s2 += Avx512BW.PermuteVar32x16(table, Avx512BW.MultiplyHigh(x, Vector512.Create((ushort)0x0100)).AsInt16());
        s3 += Avx512BW.PermuteVar32x16(table, Avx512BW.MultiplyHigh(x, Vector512.Create((ushort)0x0010)).AsInt16());
    }
}
