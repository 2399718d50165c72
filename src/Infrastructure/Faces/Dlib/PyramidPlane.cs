using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FaceId.Infrastructure.Faces.Dlib;

/// <summary>Fills the detector's plane: the normalised image and its smaller versions, zeros between them.</summary>
/// <remarks>
/// Four floats a pixel: (red, green, blue − mean) / 256 and a zero. Source: input_rgb_image_pyramid in dlib/dnn/input.h; each level is the
/// bilinear reduction of the one before, as resize_image in dlib/image_transforms/interpolation.h does it in single precision.
/// </remarks>
internal static unsafe class PyramidPlane
{
    /// <summary>Floats a pixel of the plane.</summary>
    public const int Channels = 4;

    private const float Scale = 1 / 256f;

    /// <summary>Writes (value − mean) / 256 for every pixel of an image.</summary>
    /// <param name="target">Where the first pixel goes.</param>
    /// <param name="stride">Floats from one row of the target to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Normalise(PixelView image, PixelMeans means, float* target, int stride)
    {
        // The fourth byte is whatever the decoder left there; a factor of zero makes it a zero.
        var mean = Vector128.Create(means.Red, means.Green, means.Blue, 0);
        var scale = Vector128.Create(Scale, Scale, Scale, 0);
        for (var y = 0; y < image.Height; y++)
        {
            var from = (uint*)image.Row(y);
            var to = target + (long)y * stride;
            for (var x = 0; x < image.Width; x++)
            {
                ((ToFloats(from[x]) - mean) * scale).Store(to + x * Channels);
            }
        }
    }

    /// <summary>The four bytes of a pixel as floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> ToFloats(uint pixel)
    {
        var bytes = Vector128.CreateScalarUnsafe(pixel).AsByte();
        return Vector128.ConvertToSingle(
            Sse41.IsSupported
                ? Sse41.ConvertToVector128Int32(bytes)
                : Vector128.WidenLower(Vector128.WidenLower(bytes)).AsInt32());
    }

    /// <summary>Bilinear reduction of one level into the next.</summary>
    /// <param name="workspace">Of <paramref name="toWidth"/> + <paramref name="toHeight"/> entries.</param>
    public static void Reduce(
        float* from, int fromWidth, int fromHeight, float* to, int toWidth, int toHeight, int stride, Column* workspace)
    {
        var rows = workspace + toWidth;
        FillColumns(fromWidth, toWidth, workspace);
        FillRows(fromHeight, toHeight, rows);
        for (var y = 0; y < toHeight; y++)
        {
            var top = from + (long)rows[y].Left * stride;
            ReduceRow(top, rows[y].Fraction == 0 ? top : top + stride, rows[y].Fraction, to + (long)y * stride, toWidth, workspace);
        }
    }

    /// <summary>Where each row of the smaller level lies in the larger one.</summary>
    public static void FillRows(int fromHeight, int toHeight, Column* rows)
    {
        var scale = (fromHeight - 1) / (double)Math.Max(toHeight - 1, 1);
        var position = -scale;
        for (var y = 0; y < toHeight; y++)
        {
            position += scale;
            var top = (int)Math.Floor(position);
            // The last row has no neighbour.
            rows[y] = new Column(top, top + 1 < fromHeight ? (float)(position - top) : 0);
        }
    }

    /// <summary>One row of <see cref="Reduce"/>, one number at a time; kept as the reference the vector path is tested against.</summary>
    public static void ReduceRowScalar(float* top, float* bottom, float fraction, float* to, int width, Column* columns)
    {
        for (var x = 0; x < width; x++)
        {
            var left = columns[x].Left * Channels;
            var right = columns[x].Fraction;
            for (var channel = 0; channel < Channels; channel++)
            {
                to[x * Channels + channel] =
                    (1 - fraction) * ((1 - right) * top[left + channel] + right * top[left + channel + Channels])
                    + fraction * ((1 - right) * bottom[left + channel] + right * bottom[left + channel + Channels]);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ReduceRow(float* top, float* bottom, float fraction, float* to, int width, Column* columns)
    {
        if (!Vector256.IsHardwareAccelerated)
        {
            ReduceRowScalar(top, bottom, fraction, to, width, columns);
            return;
        }

        var lower = Vector256.Create(fraction);
        var upper = Vector256.Create(1 - fraction);
        // One less the fraction for the pixel at the left, the fraction itself for the one at the right.
        var sign = Vector256.Create(-1f, -1, -1, -1, 1, 1, 1, 1);
        var one = Vector256.Create(1f, 1, 1, 1, 0, 0, 0, 0);
        for (var x = 0; x < width; x++)
        {
            // One load takes the pixel at the left and its neighbour at the right.
            var left = columns[x].Left * Channels;
            var weight = Vector256.Create(columns[x].Fraction) * sign + one;
            var rows = Vector256.MultiplyAddEstimate(upper, Vector256.Load(top + left), lower * Vector256.Load(bottom + left));
            var sides = rows * weight;
            (sides.GetLower() + sides.GetUpper()).Store(to + x * Channels);
        }
    }

    /// <summary>Where each column of the smaller level lies in the larger one.</summary>
    /// <remarks>dlib walks in single precision, four columns at a time; so do we, to land on the same fractions.</remarks>
    public static void FillColumns(int fromWidth, int toWidth, Column* columns)
    {
        var scale = (fromWidth - 1) / (double)Math.Max(toWidth - 1, 1);
        var step = (float)(4 * scale);
        var start = -4 * scale;
        var position = Vector128.Create((float)start, (float)(start + scale), (float)(start + 2 * scale), (float)(start + 3 * scale));
        var x = 0;
        while (true)
        {
            position += Vector128.Create(step);
            if ((int)position[3] + 1 >= fromWidth || x + 4 > toWidth)
            {
                break;
            }

            for (var lane = 0; lane < 4; lane++, x++)
            {
                var left = (int)position[lane];
                columns[x] = new Column(left, position[lane] - left);
            }
        }

        var rest = -scale + x * scale;
        for (; x < toWidth; x++)
        {
            rest += scale;
            var left = (int)Math.Floor(rest);
            // The last column has no neighbour; taking the pair before it with the whole weight on its right half is the same.
            columns[x] = left >= fromWidth - 1 && fromWidth > 1
                ? new Column(fromWidth - 2, 1)
                : new Column(left, (float)(rest - left));
        }
    }

    /// <param name="Left">Index of the pixel at the left.</param>
    /// <param name="Fraction">Weight of its neighbour at the right.</param>
    public readonly record struct Column(int Left, float Fraction);
}
