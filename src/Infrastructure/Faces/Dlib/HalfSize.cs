using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using FaceId.Infrastructure.Faces.Kernels;

namespace FaceId.Infrastructure.Faces.Dlib;

/// <summary>Halves an image after a 5x5 Gaussian, (1 4 6 4 1) / 16 in both directions, in whole numbers.</summary>
/// <remarks>Ported from pyramid_down_2_1 in dlib/image_transforms/image_pyramid.h; the result has (n − 3) / 2 rows and columns.</remarks>
internal static unsafe class HalfSize
{
    private const int Taps = 5;

    /// <param name="from">First pixel of the image, four bytes a pixel.</param>
    /// <param name="stride">Bytes from one row to the next.</param>
    /// <param name="to">Receives the rows without gaps.</param>
    /// <param name="sums">Workspace for five rows of sums.</param>
    public static void Reduce(byte* from, int width, int height, int stride, byte* to, NativeBuffer<ushort> sums)
    {
        var outWidth = (width - 3) / 2;
        var outHeight = (height - 3) / 2;
        if (outWidth <= 0 || outHeight <= 0)
        {
            return;
        }

        // A ring of five rows: each input row is filtered along x once.
        var rowLength = outWidth * PixelView.BytesPerPixel;
        var ring = sums.Take((long)Taps * rowLength + Vector128<ushort>.Count);
        var filtered = 0;
        for (var y = 0; y < outHeight; y++)
        {
            for (; filtered < 2 * y + Taps; filtered++)
            {
                FilterRow(from + (long)filtered * stride, ring + filtered % Taps * rowLength, outWidth);
            }

            FilterColumns(
                ring + 2 * y % Taps * rowLength, ring + (2 * y + 1) % Taps * rowLength, ring + (2 * y + 2) % Taps * rowLength,
                ring + (2 * y + 3) % Taps * rowLength, ring + (2 * y + 4) % Taps * rowLength, to + (long)y * rowLength, rowLength);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FilterRow(byte* from, ushort* to, int outWidth)
    {
        for (var x = 0; x < outWidth; x++)
        {
            // Five pixels of four bytes; the upper half of each vector is not used.
            var a = Pixel(from);
            var b = Pixel(from + 4);
            var c = Pixel(from + 8);
            var d = Pixel(from + 12);
            var e = Pixel(from + 16);
            var sum = a + e + ((b + d) << 2) + (c << 2) + (c << 1);
            *(ulong*)(to + x * 4) = sum.AsUInt64().ToScalar();
            from += 2 * PixelView.BytesPerPixel;
        }
    }

    private static Vector128<ushort> Pixel(byte* pixel) => Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(uint*)pixel).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FilterColumns(ushort* a, ushort* b, ushort* c, ushort* d, ushort* e, byte* to, int length)
    {
        var i = 0;
        for (; i + Vector128<ushort>.Count <= length; i += Vector128<ushort>.Count)
        {
            var middle = Vector128.Load(c + i);
            var sum = Vector128.Load(a + i) + Vector128.Load(e + i) + ((Vector128.Load(b + i) + Vector128.Load(d + i)) << 2)
                + (middle << 2) + (middle << 1);
            *(ulong*)(to + i) = Vector128.Narrow(sum >>> 8, Vector128<ushort>.Zero).AsUInt64().ToScalar();
        }

        for (; i < length; i++)
        {
            to[i] = (byte)((a[i] + e[i] + 4 * (b[i] + d[i]) + 6 * c[i]) >> 8);
        }
    }
}
