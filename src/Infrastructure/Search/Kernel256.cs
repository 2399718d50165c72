using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FaceId.Infrastructure.Search;

/// <summary>AVX2: the two halves of a group at a time.</summary>
internal readonly unsafe struct Kernel256 : ISearchKernel
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int WithinReach(byte* sketches, int vectors, uint* weights, int threshold, int first, int faces, int* found)
    {
        var low = Vector256.Create((byte)15);
        var below = Vector256.Create((short)(threshold - 1));
        var count = 0;
        for (var face = 0; face < faces; face += IndexBlock.GroupFaces)
        {
            var weight = weights;
            Vector256<short> p0 = default, p1 = default, q0 = default, q1 = default;
            for (var vector = vectors; vector > 0; vector--)
            {
                var w0 = Vector256.Create(weight[0]).AsSByte();
                var w1 = Vector256.Create(weight[1]).AsSByte();
                var x = Vector256.Load(sketches);
                var y = Vector256.Load(sketches + 32);
                p0 += Avx2.MultiplyAddAdjacent(x & low, w0);
                q0 += Avx2.MultiplyAddAdjacent(y & low, w0);
                p1 += Avx2.MultiplyAddAdjacent((x.AsUInt16() >>> 4).AsByte() & low, w1);
                q1 += Avx2.MultiplyAddAdjacent((y.AsUInt16() >>> 4).AsByte() & low, w1);
                sketches += IndexBlock.VectorBytes;
                weight += 2;
            }

            var w = Vector256.Create(weight[0]).AsSByte();
            p0 += Avx2.MultiplyAddAdjacent(Vector256.Load(sketches), w) + p1;
            q0 += Avx2.MultiplyAddAdjacent(Vector256.Load(sketches + 32), w) + q1;
            sketches += IndexBlock.VectorBytes;
            // Packing works within halves of 128 bits, so the middle quarters change places.
            var packed = Avx2.PackSignedSaturate(Vector256.GreaterThan(p0, below), Vector256.GreaterThan(q0, below));
            var reached = Avx2.Permute4x64(packed.AsInt64(), 0b11_01_10_00).AsByte().ExtractMostSignificantBits();
            while (reached != 0)
            {
                found[count++] = first + face + BitOperations.TrailingZeroCount(reached);
                reached &= reached - 1;
            }
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
}
