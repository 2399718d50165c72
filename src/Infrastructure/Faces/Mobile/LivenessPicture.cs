using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using FaceId.Infrastructure.Faces.Dlib;

namespace FaceId.Infrastructure.Faces.Mobile;

/// <summary>Cuts a face with its surroundings out of a photo for <see cref="LivenessNetwork"/>: 128x128 pixels, not turned.</summary>
/// <remarks>As lib/fr_liveness.js of faceplugin-face-recognition-js 0.0.1 does with the box of its own detector.</remarks>
internal static unsafe class LivenessPicture
{
    /// <summary>How many times larger than the face's box the picture is.</summary>
    public const double Enlargement = 2.7;

    /// <summary>Bytes of a picture: red, green, blue and one unused, for each pixel.</summary>
    public const int Bytes = LivenessNetwork.Side * LivenessNetwork.Side * PixelView.BytesPerPixel;

    /// <summary>The part of the photo that becomes the picture: less where the photo is too small, and moved, not cut, to lie inside it.</summary>
    public static Rectangle PlaceOf(Rectangle face, int width, int height)
    {
        var enlargement = Math.Min(Enlargement, Math.Min((width - 1.0) / face.Width, (height - 1.0) / face.Height));
        var (left, columns) = Within(face.Left + face.Width / 2.0, face.Width * enlargement, width);
        var (top, rows) = Within(face.Top + face.Height / 2.0, face.Height * enlargement, height);
        return new Rectangle(left, top, left + columns - 1, top + rows - 1);
    }

    /// <summary>Straight lines between the four nearest pixels' middles, rounded to whole numbers.</summary>
    /// <param name="place">Wholly inside the photo.</param>
    /// <param name="picture">Receives <see cref="Bytes"/> bytes.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Extract(PixelView photo, Rectangle place, byte* picture)
    {
        const int side = LivenessNetwork.Side;
        float scaleX = place.Width / (float)side, scaleY = place.Height / (float)side;
        var to = (uint*)picture;
        for (var row = 0; row < side; row++)
        {
            var (above, below, down) = Between(row, scaleY, place.Top, place.Bottom);
            uint* upper = (uint*)photo.Row(above), lower = (uint*)photo.Row(below);
            for (var column = 0; column < side; column++)
            {
                var (left, right, across) = Between(column, scaleX, place.Left, place.Right);
                var top = Mixed(PyramidPlane.ToFloats(upper[left]), PyramidPlane.ToFloats(upper[right]), across);
                var bottom = Mixed(PyramidPlane.ToFloats(lower[left]), PyramidPlane.ToFloats(lower[right]), across);
                var colours = Vector128.ConvertToInt32(Mixed(top, bottom, down) + Vector128.Create(0.5f));
                *to++ = (uint)(colours[0] | colours[1] << 8 | colours[2] << 16);
            }
        }
    }

    private static (int First, int Count) Within(double middle, double length, int size)
    {
        var first = Math.Max(middle - length / 2, 0);
        var last = first + length;
        if (last > size - 1)
        {
            first -= last - (size - 1);
        }

        var from = Math.Max((int)first, 0);
        return (from, Math.Clamp((int)length, 1, size - from));
    }

    /// <summary>Between which two pixels a place lies, and how far it is from the first one.</summary>
    private static (int First, int Second, float Share) Between(int index, float scale, int first, int last)
    {
        var place = Math.Max((index + 0.5f) * scale - 0.5f, 0);
        var whole = (int)place;
        return (Math.Min(first + whole, last), Math.Min(first + whole + 1, last), place - whole);
    }

    private static Vector128<float> Mixed(Vector128<float> one, Vector128<float> other, float share) => one + (other - one) * share;
}
