using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FaceId.Infrastructure.Search;

/// <summary>AVX-512BW: two groups of 32 faces at a time.</summary>
/// <remarks>
/// A product of two codes is at most 15 * 127, and <see cref="SketchedProbe"/> keeps all sums of one face within 16 bits, so that one
/// lane of 16 bits holds a face from the first code to the comparison.
/// </remarks>
internal readonly unsafe struct Kernel512 : ISearchKernel
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int WithinReach(byte* sketches, int vectors, uint* weights, int threshold, int first, int faces, int* found)
    {
        var low = Vector512.Create((byte)15);
        var below = Vector512.Create((short)(threshold - 1));
        var step = (nint)(vectors + 1) * IndexBlock.VectorBytes;
        var count = 0;
        for (var face = 0; face < faces; face += 2 * IndexBlock.GroupFaces)
        {
            var p = sketches;
            var q = sketches + step;
            var weight = weights;
            Vector512<short> p0 = default, p1 = default, q0 = default, q1 = default;
            for (var vector = vectors; vector > 0; vector--)
            {
                var w0 = Vector512.Create(weight[0]).AsSByte();
                var w1 = Vector512.Create(weight[1]).AsSByte();
                var x = Vector512.Load(p);
                var y = Vector512.Load(q);
                p0 += Avx512BW.MultiplyAddAdjacent(x & low, w0);
                q0 += Avx512BW.MultiplyAddAdjacent(y & low, w0);
                p1 += Avx512BW.MultiplyAddAdjacent((x.AsUInt16() >>> 4).AsByte() & low, w1);
                q1 += Avx512BW.MultiplyAddAdjacent((y.AsUInt16() >>> 4).AsByte() & low, w1);
                p += IndexBlock.VectorBytes;
                q += IndexBlock.VectorBytes;
                weight += 2;
            }

            var w = Vector512.Create(weight[0]).AsSByte();
            p0 += Avx512BW.MultiplyAddAdjacent(Vector512.Load(p), w) + p1;
            q0 += Avx512BW.MultiplyAddAdjacent(Vector512.Load(q), w) + q1;
            var reached = Vector512.GreaterThan(p0, below).ExtractMostSignificantBits()
                | Vector512.GreaterThan(q0, below).ExtractMostSignificantBits() << IndexBlock.GroupFaces;
            while (reached != 0)
            {
                found[count++] = first + face + BitOperations.TrailingZeroCount(reached);
                reached &= reached - 1;
            }

            sketches += 2 * step;
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
}
