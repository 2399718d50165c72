using FaceId.Infrastructure.Faces.Dlib;

namespace FaceId.Infrastructure.Faces.Mobile;

/// <summary>Cuts a face out of a photo for the second network: upright, 112x112 pixels.</summary>
/// <remarks>That network was trained with other points; where dlib's five come to lie in its crop was measured.</remarks>
internal static unsafe class FeatureChip
{
    public const int Side = 112;

    /// <summary>Bytes of a chip: red, green, blue and one unused, for each pixel.</summary>
    public const int Bytes = Side * Side * PixelView.BytesPerPixel;

    /// <summary>Where dlib's five points belong, in its order; whole numbers are the middles of pixels.</summary>
    private static readonly PointD[] Shape = [new(79.77, 53.21), new(65.87, 53.73), new(30.58, 53.80), new(44.50, 53.98), new(55.29, 80.62)];

    /// <summary>How much more of the photo the chip holds than its shape says: with a little more, fewer people are mistaken (docs/accuracy.md).</summary>
    private const double Margin = 1.05;

    /// <summary>The part of the photo that becomes the chip, and how far it is turned.</summary>
    /// <param name="points">The five points, not rounded.</param>
    public static FaceChip.Place PlaceOf(ReadOnlySpan<PointD> points)
    {
        var transform = SimilarityTransform.Between(Shape, points);
        const double Last = Side - 1;
        // From the middle of the first pixel to that of the last one.
        var side = Last * transform.Scale * Margin + 1;
        return new FaceChip.Place(RectangleD.Centred(transform.Apply(Last / 2, Last / 2), side, side), transform.Angle);
    }

    /// <summary>Cuts the chip; what lies outside the photo is black.</summary>
    /// <param name="chip">Receives <see cref="Bytes"/> bytes.</param>
    public static void Extract(PixelView image, FaceChip.Place place, byte* chip, FaceChip.Scratch scratch) =>
        FaceChip.Extract(image, place, Side, FaceChip.ToNearest, chip, scratch);
}
