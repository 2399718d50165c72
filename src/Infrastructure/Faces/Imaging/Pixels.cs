using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using FaceId.Infrastructure.Faces.Dlib;
using FaceId.Infrastructure.Faces.Kernels;

namespace FaceId.Infrastructure.Faces.Imaging;

/// <summary>Operations on decoded pixels.</summary>
internal static unsafe class Pixels
{
    /// <summary>Lays unpremultiplied pixels over white, in place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void OverWhite(PixelView view)
    {
        var count = (long)view.Width * view.Height;
        for (var pixel = view.Pixels; count > 0; count--, pixel += PixelView.BytesPerPixel)
        {
            int alpha = pixel[3];
            if (alpha != byte.MaxValue)
            {
                for (var channel = 0; channel < 3; channel++)
                {
                    pixel[channel] = (byte)((pixel[channel] * alpha + byte.MaxValue * (byte.MaxValue - alpha) + 127) / byte.MaxValue);
                }
            }
        }
    }

    /// <summary>Exchanges left and right, in place.</summary>
    public static void Mirror(PixelView view)
    {
        for (var y = 0; y < view.Height; y++)
        {
            new Span<uint>(view.Row(y), view.Width).Reverse();
        }
    }

    /// <summary>Turns a photo upright; one that is upright already is answered as it is.</summary>
    public static PixelView Upright(PixelView view, Orientation orientation, NativeBuffer<byte> target)
    {
        if (orientation is Orientation.TopLeft or < Orientation.TopLeft or > Orientation.LeftBottom)
        {
            return view;
        }

        int width = view.Width, height = view.Height;
        var (outWidth, outHeight) = orientation.SwapsSides() ? (height, width) : (width, height);
        var from = (uint*)view.Pixels;
        var to = (uint*)target.Take((long)width * height * PixelView.BytesPerPixel);

        // Where the pixel (0, 0) of the answer lies in the file, and how far apart its neighbours are there.
        long last = (long)width * height - 1;
        var (start, stepX, stepY) = orientation switch
        {
            Orientation.TopRight => (width - 1L, -1L, (long)width),
            Orientation.BottomRight => (last, -1L, -(long)width),
            Orientation.BottomLeft => (last - width + 1, 1L, -(long)width),
            Orientation.LeftTop => (0L, (long)width, 1L),
            Orientation.RightTop => (last - width + 1, -(long)width, 1L),
            Orientation.RightBottom => (last, -(long)width, -1L),
            _ => (width - 1L, (long)width, -1L),
        };

        // Blocks keep both the rows read and the rows written in the cache when the sides change places.
        const int Block = 32;
        for (var blockY = 0; blockY < outHeight; blockY += Block)
        {
            var endY = Math.Min(blockY + Block, outHeight);
            for (var blockX = 0; blockX < outWidth; blockX += Block)
            {
                var endX = Math.Min(blockX + Block, outWidth);
                for (var y = blockY; y < endY; y++)
                {
                    var source = from + start + y * stepY + blockX * stepX;
                    var line = to + (long)y * outWidth;
                    for (var x = blockX; x < endX; x++)
                    {
                        line[x] = *source;
                        source += stepX;
                    }
                }
            }
        }

        return new PixelView((byte*)to, outWidth, outHeight);
    }

    /// <summary>Reduces an image to a smaller one; each pixel is the mean of the area that it covers.</summary>
    /// <param name="width">At most the width of the image.</param>
    public static PixelView Shrink(PixelView view, int width, int height, NativeBuffer<byte> target, NativeBuffer<float> sums)
    {
        var to = target.Take((long)width * height * PixelView.BytesPerPixel);
        var row = sums.Take((long)view.Width * PixelView.BytesPerPixel);
        double scaleX = view.Width / (double)width, scaleY = view.Height / (double)height;
        for (var y = 0; y < height; y++)
        {
            SumRows(view, y * scaleY, (y + 1) * scaleY, row);
            AverageColumns(row, view.Width, scaleX, (float)(1 / (scaleX * scaleY)), to + (long)y * width * PixelView.BytesPerPixel, width);
        }

        return new PixelView(to, width, height);
    }

    /// <summary>Makes an image twice as wide and high, straight lines between its pixels.</summary>
    public static PixelView Double(PixelView view, NativeBuffer<byte> target)
    {
        int width = 2 * view.Width, height = 2 * view.Height;
        var to = target.Take((long)width * height * PixelView.BytesPerPixel);
        for (var y = 0; y < height; y++)
        {
            // A new pixel lies a quarter of an old one beside its middle.
            var near = view.Row(y / 2);
            var far = view.Row(Math.Clamp(y / 2 + (y % 2 == 0 ? -1 : 1), 0, view.Height - 1));
            var line = to + (long)y * width * PixelView.BytesPerPixel;
            for (var x = 0; x < width; x++)
            {
                var at = x / 2 * PixelView.BytesPerPixel;
                var beside = Math.Clamp(x / 2 + (x % 2 == 0 ? -1 : 1), 0, view.Width - 1) * PixelView.BytesPerPixel;
                for (var channel = 0; channel < PixelView.BytesPerPixel; channel++)
                {
                    line[x * PixelView.BytesPerPixel + channel] = (byte)(
                        (9 * near[at + channel] + 3 * (near[beside + channel] + far[at + channel]) + far[beside + channel] + 8) >> 4);
                }
            }
        }

        return new PixelView(to, width, height);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumRows(PixelView view, double top, double bottom, float* sums)
    {
        var length = view.Width * PixelView.BytesPerPixel;
        new Span<float>(sums, length).Clear();
        var end = Math.Min((int)Math.Ceiling(bottom), view.Height);
        for (var y = (int)top; y < end; y++)
        {
            var weight = Vector256.Create((float)(Math.Min(bottom, y + 1) - Math.Max(top, y)));
            var from = view.Row(y);
            var i = 0;
            for (; i + Vector256<float>.Count <= length; i += Vector256<float>.Count)
            {
                var values = Vector256.ConvertToSingle(Vector256.Create(
                    Vector128.WidenLower(Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(uint*)(from + i)).AsByte())),
                    Vector128.WidenLower(Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(uint*)(from + i + 4)).AsByte()))).AsInt32());
                (Vector256.Load(sums + i) + values * weight).Store(sums + i);
            }

            for (; i < length; i++)
            {
                sums[i] += from[i] * weight.ToScalar();
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AverageColumns(float* sums, int fromWidth, double scale, float factor, byte* to, int width)
    {
        for (var x = 0; x < width; x++)
        {
            double left = x * scale, right = (x + 1) * scale;
            var end = Math.Min((int)Math.Ceiling(right), fromWidth);
            var total = Vector128<float>.Zero;
            for (var column = (int)left; column < end; column++)
            {
                var weight = (float)(Math.Min(right, column + 1) - Math.Max(left, column));
                total += Vector128.Load(sums + column * PixelView.BytesPerPixel) * weight;
            }

            var rounded = Vector128.ConvertToInt32(total * factor + Vector128.Create(0.5f));
            for (var channel = 0; channel < PixelView.BytesPerPixel; channel++)
            {
                to[x * PixelView.BytesPerPixel + channel] = (byte)Math.Clamp(rounded[channel], 0, byte.MaxValue);
            }
        }
    }
}
