using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace FaceId.Infrastructure.Search;

/// <summary>Vectors of 16 bytes: SSSE3, ARM's AdvSimd, or what the runtime makes of them elsewhere; a quarter of a group at a time.</summary>
internal readonly unsafe struct Kernel128 : ISearchKernel
{
    private const int Faces = 8;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int WithinReach(byte* sketches, int vectors, uint* weights, int threshold, int first, int faces, int* found)
    {
        var low = Vector128.Create((byte)15);
        var below = Vector128.Create((short)(threshold - 1));
        var step = (nint)(vectors + 1) * IndexBlock.VectorBytes;
        var count = 0;
        for (var face = 0; face < faces; face += Faces)
        {
            var p = sketches + (nint)(face / IndexBlock.GroupFaces) * step + face % IndexBlock.GroupFaces * 2;
            var weight = weights;
            // Products of even and odd faces, or of four faces and the next four.
            Vector128<short> s0 = default, s1 = default;
            for (var vector = vectors; vector > 0; vector--)
            {
                var x = Vector128.Load(p);
                Add(x & low, weight[0], ref s0, ref s1);
                Add(x >>> 4, weight[1], ref s0, ref s1);
                p += IndexBlock.VectorBytes;
                weight += 2;
            }

            Add(Vector128.Load(p), weight[0], ref s0, ref s1);
            var reached = Vector128.GreaterThan(Merge(s0, s1), below).ExtractMostSignificantBits();
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
        Vector128<int> s0 = default, s1 = default;
        for (var i = 0; i < length; i += Vector128<sbyte>.Count)
        {
            var x = Vector128.Load(template + i);
            var d0 = Vector128.WidenLower(x) - Vector128.Load(probe + i);
            var d1 = Vector128.WidenUpper(x) - Vector128.Load(probe + i + Vector128<short>.Count);
            if (Sse2.IsSupported)
            {
                s0 += Sse2.MultiplyAddAdjacent(d0, d0);
                s1 += Sse2.MultiplyAddAdjacent(d1, d1);
            }
            else if (AdvSimd.IsSupported)
            {
                s0 = AdvSimd.MultiplyWideningLowerAndAdd(s0, d0.GetLower(), d0.GetLower());
                s1 = AdvSimd.MultiplyWideningUpperAndAdd(s1, d0, d0);
                s0 = AdvSimd.MultiplyWideningLowerAndAdd(s0, d1.GetLower(), d1.GetLower());
                s1 = AdvSimd.MultiplyWideningUpperAndAdd(s1, d1, d1);
            }
            else
            {
                s0 += Squared(Vector128.WidenLower(d0)) + Squared(Vector128.WidenUpper(d0));
                s1 += Squared(Vector128.WidenLower(d1)) + Squared(Vector128.WidenUpper(d1));
            }
        }

        return Vector128.Sum(s0 + s1);
    }

    // No byte exceeds 127, so that signed products serve where unsigned ones are missing.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(Vector128<byte> codes, uint weights, ref Vector128<short> s0, ref Vector128<short> s1)
    {
        var w = Vector128.Create(weights).AsSByte();
        if (Ssse3.IsSupported)
        {
            s0 += Ssse3.MultiplyAddAdjacent(codes, w);
        }
        else if (AdvSimd.IsSupported)
        {
            s0 = AdvSimd.MultiplyWideningLowerAndAdd(s0, codes.AsSByte().GetLower(), w.GetLower());
            s1 = AdvSimd.MultiplyWideningUpperAndAdd(s1, codes.AsSByte(), w);
        }
        else
        {
            s0 += Vector128.WidenLower(codes.AsSByte()) * Vector128.WidenLower(w);
            s1 += Vector128.WidenUpper(codes.AsSByte()) * Vector128.WidenUpper(w);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<short> Merge(Vector128<short> s0, Vector128<short> s1)
    {
        if (Ssse3.IsSupported)
            return s0;
        if (AdvSimd.Arm64.IsSupported)
            return AdvSimd.Arm64.AddPairwise(s0, s1);
        // The sum of each pair in its lower half, then narrowed.
        var low = s0.AsInt32() + (s0.AsInt32() << 16) >> 16;
        var high = s1.AsInt32() + (s1.AsInt32() << 16) >> 16;
        return Vector128.Narrow(low, high);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Squared(Vector128<int> x) => x * x;
}
