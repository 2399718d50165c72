using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using FaceId.Infrastructure.Faces.Kernels;

namespace FaceId.Infrastructure.Faces.Dlib;

/// <summary>Cuts a face out of a photo: upright, 150x150 pixels, with a quarter of the face as padding.</summary>
/// <remarks>
/// Ported from get_face_chip_details and extract_image_chips in dlib/image_transforms/interpolation.h and from pyramid_down&lt;2&gt; in
/// dlib/image_transforms/image_pyramid.h.
/// </remarks>
internal static unsafe class FaceChip
{
    public const int Side = ResNetModel.ChipSide;

    /// <summary>Bytes of a chip: red, green, blue and one unused, for each pixel.</summary>
    public const int Bytes = Side * Side * PixelView.BytesPerPixel;

    /// <summary>Colours are cut off to whole numbers, as dlib does.</summary>
    public const double CutOff = 0;

    /// <summary>Colours are rounded to the nearest whole number.</summary>
    public const double ToNearest = 0.5;

    private const double Padding = 0.25;

    /// <summary>An image of at most this side is not reduced any further.</summary>
    private const int SmallestToReduce = 8;

    /// <summary>Where the five points lie in a face of side 1.</summary>
    private static readonly PointD[] MeanShape =
    [
        new(0.8595674595992, 0.2134981538014),
        new(0.6460604764104, 0.2289674387677),
        new(0.1205750620789, 0.2137274526848),
        new(0.3340850613712, 0.2290642403242),
        new(0.4901123135679, 0.6277975316475),
    ];

    private static readonly PointD[] ChipShape =
        Array.ConvertAll(MeanShape, p => new PointD((Padding + p.X) / (2 * Padding + 1) * Side, (Padding + p.Y) / (2 * Padding + 1) * Side));

    /// <summary>The part of the photo that becomes the chip, and how far it is turned.</summary>
    /// <param name="points">The five points; dlib rounds them to whole pixels first.</param>
    public static Place PlaceOf(ReadOnlySpan<PointD> points)
    {
        Span<PointD> rounded = stackalloc PointD[points.Length];
        for (var i = 0; i < points.Length; i++)
        {
            rounded[i] = new PointD(PointD.Round(points[i].X), PointD.Round(points[i].Y));
        }

        var transform = SimilarityTransform.Between(ChipShape, rounded);
        var side = Side * transform.Scale;
        return new Place(RectangleD.Centred(transform.Apply(Side / 2.0, Side / 2.0), side, side), transform.Angle);
    }

    /// <summary>Cuts the chip; what lies outside the photo is black.</summary>
    /// <param name="chip">Receives <see cref="Bytes"/> bytes.</param>
    /// <param name="scratch">Memory for reduced versions of the photo.</param>
    public static void Extract(PixelView image, Place place, byte* chip, Scratch scratch) => Extract(image, place, Side, CutOff, chip, scratch);

    /// <summary>The same for chips of another size.</summary>
    /// <param name="side">Rows and columns of the chip.</param>
    /// <param name="rounding">Added to each colour before its fraction is cut off.</param>
    /// <param name="chip">Receives side x side x 4 bytes.</param>
    public static void Extract(PixelView image, Place place, int side, double rounding, byte* chip, Scratch scratch)
    {
        var (sine, cosine) = Math.SinCos(place.Angle);
        var depth = 0;
        var grow = 2.0;
        for (var reduced = Down(place.Rectangle); reduced.Area > side * side; reduced = Down(reduced))
        {
            depth++;
            grow = grow * 2 + 2;
        }

        if (depth == 0)
        {
            Resample(image, place.Rectangle, sine, cosine, side, rounding, chip);
            return;
        }

        // Only the surroundings of the face are reduced.
        var centre = place.Rectangle.Centre;
        var corners = Bounds(place.Rectangle, centre, sine, cosine);
        var bounds = corners.Grown(grow).Intersect(new RectangleD(0, 0, image.Width - 1, image.Height - 1)).Rounded();
        var rectangle = place.Rectangle.Moved(-bounds.Left, -bounds.Top);
        var source = image.Row(bounds.Top) + bounds.Left * PixelView.BytesPerPixel;
        var stride = image.Width * PixelView.BytesPerPixel;
        int width = bounds.Width, height = bounds.Height;
        for (var level = 0; level < depth; level++)
        {
            var (halfWidth, halfHeight) = width <= SmallestToReduce || height <= SmallestToReduce ? (0, 0) : ((width - 3) / 2, (height - 3) / 2);
            var half = scratch.Level(level % 2).Take((long)halfWidth * halfHeight * PixelView.BytesPerPixel);
            HalfSize.Reduce(source, width, height, stride, half, scratch.Rows);
            source = half;
            stride = halfWidth * PixelView.BytesPerPixel;
            (width, height) = (halfWidth, halfHeight);
            rectangle = Down(rectangle);
        }

        Resample(new PixelView(source, width, height), rectangle, sine, cosine, side, rounding, chip);
    }

    /// <summary>A third of a chip's size in grey (ITU-R BT.601), each pixel the mean of nine.</summary>
    public static byte[] ToGrey(byte* chip)
    {
        const int Third = Side / 3;
        var grey = new byte[Third * Third];
        for (var i = 0; i < grey.Length; i++)
        {
            var corner = chip + ((i / Third * 3 * Side) + (i % Third * 3)) * PixelView.BytesPerPixel;
            var sum = 0;
            for (var k = 0; k < 9; k++)
            {
                var pixel = corner + ((k / 3 * Side) + (k % 3)) * PixelView.BytesPerPixel;
                sum += 299 * pixel[0] + 587 * pixel[1] + 114 * pixel[2];
            }

            grey[i] = (byte)(sum / 9000);
        }

        return grey;
    }

    /// <summary>pyramid_down&lt;2&gt; maps a point p to p / 2 − (1.25, 0.75).</summary>
    private static RectangleD Down(RectangleD r) =>
        new(r.Left / 2 - 1.25, r.Top / 2 - 0.75, r.Right / 2 - 1.25, r.Bottom / 2 - 0.75);

    private static RectangleD Bounds(RectangleD r, PointD centre, double sine, double cosine)
    {
        var a = new PointD(r.Left, r.Top).RotatedAround(centre, sine, cosine);
        var b = new PointD(r.Right, r.Top).RotatedAround(centre, sine, cosine);
        var c = new PointD(r.Left, r.Bottom).RotatedAround(centre, sine, cosine);
        var d = new PointD(r.Right, r.Bottom).RotatedAround(centre, sine, cosine);
        return new(
            Math.Min(Math.Min(a.X, b.X), Math.Min(c.X, d.X)), Math.Min(Math.Min(a.Y, b.Y), Math.Min(c.Y, d.Y)),
            Math.Max(Math.Max(a.X, b.X), Math.Max(c.X, d.X)), Math.Max(Math.Max(a.Y, b.Y), Math.Max(c.Y, d.Y)));
    }

    /// <summary>Bilinear sampling of a turned rectangle, in double precision like dlib.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Resample(PixelView image, RectangleD rectangle, double sine, double cosine, int side, double rounding, byte* chip)
    {
        var centre = rectangle.Centre;
        var topLeft = new PointD(rectangle.Left, rectangle.Top).RotatedAround(centre, sine, cosine);
        var topRight = new PointD(rectangle.Right, rectangle.Top).RotatedAround(centre, sine, cosine);
        var bottomLeft = new PointD(rectangle.Left, rectangle.Bottom).RotatedAround(centre, sine, cosine);
        double last = side - 1;
        double stepX = (topRight.X - topLeft.X) / last, stepY = (topRight.Y - topLeft.Y) / last;
        double downX = (bottomLeft.X - topLeft.X) / last, downY = (bottomLeft.Y - topLeft.Y) / last;
        for (var row = 0; row < side; row++)
        {
            for (var column = 0; column < side; column++)
            {
                var x = column * stepX + row * downX + topLeft.X;
                var y = column * stepY + row * downY + topLeft.Y;
                *(uint*)chip = Sample(image, x, y, rounding);
                chip += PixelView.BytesPerPixel;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Sample(PixelView image, double x, double y, double rounding)
    {
        var left = double.ConvertToIntegerNative<int>(Math.Floor(x));
        var top = double.ConvertToIntegerNative<int>(Math.Floor(y));
        if (left < 0 || top < 0 || left >= image.Width - 1 || top >= image.Height - 1)
        {
            return 0;
        }

        // All channels at once; the fourth byte is no colour and is left out of the pixel.
        Vector256<double> right = Vector256.Create(x - left), below = Vector256.Create(y - top), one = Vector256<double>.One;
        var upper = (uint*)image.Row(top) + left;
        var lower = upper + image.Width;
        var value = (one - below) * ((one - right) * ToDoubles(upper[0]) + right * ToDoubles(upper[1]))
            + below * ((one - right) * ToDoubles(lower[0]) + right * ToDoubles(lower[1])) + Vector256.Create(rounding);
        return ToByte(value[0]) | ToByte(value[1]) << 8 | ToByte(value[2]) << 16;
    }

    /// <summary>A number from 0 to 255 without its fraction, and without the checks for other numbers that a cast makes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint ToByte(double value) => (uint)double.ConvertToIntegerNative<int>(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> ToDoubles(uint pixel)
    {
        var floats = PyramidPlane.ToFloats(pixel);
        return Vector256.Create(Vector128.WidenLower(floats), Vector128.WidenUpper(floats));
    }

    /// <param name="Angle">In radians; the chip is what one sees after turning the photo back by it.</param>
    public readonly record struct Place(RectangleD Rectangle, double Angle);

    /// <summary>Buffers of one worker.</summary>
    public sealed class Scratch : IDisposable
    {
        private readonly NativeBuffer<byte> _even = new();
        private readonly NativeBuffer<byte> _odd = new();

        /// <summary>Rows of sums between the two directions of the filter.</summary>
        public NativeBuffer<ushort> Rows { get; } = new();

        public NativeBuffer<byte> Level(int parity) => parity == 0 ? _even : _odd;

        public void TrimTo(long bytes)
        {
            _even.TrimTo(bytes);
            _odd.TrimTo(bytes);
        }

        public void Dispose()
        {
            _even.Dispose();
            _odd.Dispose();
            Rows.Dispose();
        }
    }
}
