using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FaceId.Infrastructure.Search;

/// <summary>AVX2.</summary>
internal readonly unsafe struct Kernel256 : ISearchKernel
{
    private const int Bytes = 32;

    /// <summary>Sums of faces in a vector.</summary>
    private const int Lanes = Bytes / sizeof(short);

    public static void WriteTable(ReadOnlySpan<short> worth, byte* table)
    {
        for (var code = 0; code < SketchRule.Levels; code++)
        {
            table[code] = (byte)worth[code];
            table[SketchRule.Levels + code] = (byte)(worth[code] >> 8);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(byte* codes, int* columns, byte* tables, short* sums, int units, bool first)
    {
        for (var i = 0; i < SketchPlan.Step; i += 2, tables += 2 * ISearchKernel.VectorBytes)
        {
            var c = codes + columns[i];
            var d = codes + columns[i + 1];
            var e = codes + columns[i + SketchPlan.Step];
            var f = codes + columns[i + SketchPlan.Step + 1];
            var cLow = Table(tables);
            var cHigh = Table(tables + SketchRule.Levels);
            var dLow = Table(tables + ISearchKernel.VectorBytes);
            var dHigh = Table(tables + ISearchKernel.VectorBytes + SketchRule.Levels);
            var sum = sums;
            for (var at = 0; at < units * ISearchKernel.VectorBytes; at += Bytes)
            {
                if (Sse.IsSupported && at % ISearchKernel.VectorBytes == 0)
                {
                    Sse.Prefetch0(e + at);
                    Sse.Prefetch0(f + at);
                }

                Vector256<short> s0 = default, s1 = default, s2 = default, s3 = default;
                if (!first || i > 0)
                {
                    s0 = Vector256.Load(sum);
                    s1 = Vector256.Load(sum + Lanes);
                    s2 = Vector256.Load(sum + 2 * Lanes);
                    s3 = Vector256.Load(sum + 3 * Lanes);
                }

                var x = Vector256.Load(c + at);
                Add(x & Vector256.Create((byte)15), cLow, cHigh, ref s0, ref s1);
                Add(x >>> 4, cLow, cHigh, ref s2, ref s3);
                x = Vector256.Load(d + at);
                Add(x & Vector256.Create((byte)15), dLow, dHigh, ref s0, ref s1);
                Add(x >>> 4, dLow, dHigh, ref s2, ref s3);
                s0.Store(sum);
                s1.Store(sum + Lanes);
                s2.Store(sum + 2 * Lanes);
                s3.Store(sum + 3 * Lanes);
                sum += 4 * Lanes;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int Reached(byte* errors, byte* lengths, byte* tables, short* sums, int units, int first, int* found)
    {
        var low = Table(tables);
        var high = Table(tables + SketchRule.Levels);
        var lengthLow = Table(tables + ISearchKernel.VectorBytes);
        var lengthHigh = Table(tables + ISearchKernel.VectorBytes + SketchRule.Levels);
        var count = 0;
        for (var at = 0; at < units * ISearchKernel.VectorBytes; at += Bytes)
        {
            Vector256<short> s0 = default, s1 = default, s2 = default, s3 = default;
            if (sums != null)
            {
                s0 = Vector256.Load(sums);
                s1 = Vector256.Load(sums + Lanes);
                s2 = Vector256.Load(sums + 2 * Lanes);
                s3 = Vector256.Load(sums + 3 * Lanes);
                sums += 4 * Lanes;
            }

            var x = Vector256.Load(lengths + at);
            Add(x & Vector256.Create((byte)15), lengthLow, lengthHigh, ref s0, ref s1);
            Add(x >>> 4, lengthLow, lengthHigh, ref s2, ref s3);
            x = Vector256.Load(errors + at);
            Vector256<short> e0 = default, e1 = default, e2 = default, e3 = default;
            Add(x & Vector256.Create((byte)15), low, high, ref e0, ref e1);
            Add(x >>> 4, low, high, ref e2, ref e3);
            s0 = AddSaturate(s0, e0);
            s1 = AddSaturate(s1, e1);
            s2 = AddSaturate(s2, e2);
            s3 = AddSaturate(s3, e3);

            var unit = first + at / ISearchKernel.VectorBytes * ISearchKernel.UnitFaces;
            var word = at % ISearchKernel.VectorBytes / 2;
            count = Name(s0, unit, word, 0, found, count);
            count = Name(s1, unit, word + 4, 0, found, count);
            count = Name(s2, unit, word, 1, found, count);
            count = Name(s3, unit, word + 4, 1, found, count);
        }

        return count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int SquaredDistance(short* probe, sbyte* template, int length)
    {
        Vector256<int> s0 = default, s1 = default;
        for (var i = 0; i < length; i += 32)
        {
            var d0 = Avx2.ConvertToVector256Int16(Vector128.Load(template + i)) - Vector256.Load(probe + i);
            var d1 = Avx2.ConvertToVector256Int16(Vector128.Load(template + i + 16)) - Vector256.Load(probe + i + 16);
            s0 += Avx2.MultiplyAddAdjacent(d0, d0);
            s1 += Avx2.MultiplyAddAdjacent(d1, d1);
        }

        return Vector256.Sum(s0 + s1);
    }

    // A lane holds the code of an even byte or of an odd one, by turns; the second half of the lanes is eight words further on. The faces are 64 apart.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Name(Vector256<short> sums, int unit, int word, int part, int* found, int count)
    {
        var reached = Vector256.GreaterThanOrEqual(sums, Vector256<short>.Zero).ExtractMostSignificantBits();
        while (reached != 0)
        {
            var lane = BitOperations.TrailingZeroCount(reached);
            found[count++] = unit + word + lane / 8 * 8 + lane % 8 / 2 + 32 * part + lane % 2 * 64;
            reached &= reached - 1;
        }

        return count;
    }

    // Two tables of bytes give the two halves of what the codes are worth, which then stand side by side.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(Vector256<byte> codes, Vector256<byte> low, Vector256<byte> high, ref Vector256<short> s0, ref Vector256<short> s1)
    {
        var l = Avx2.Shuffle(low, codes);
        var h = Avx2.Shuffle(high, codes);
        s0 += Avx2.UnpackLow(l, h).AsInt16();
        s1 += Avx2.UnpackHigh(l, h).AsInt16();
    }

    private static Vector256<byte> Table(byte* table) => Vector256.Create(Vector128.Load(table), Vector128.Load(table));

    private static Vector256<short> AddSaturate(Vector256<short> a, Vector256<short> b) => Avx2.AddSaturate(a, b);
}
