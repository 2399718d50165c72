using FaceId.Infrastructure.Faces.Dlib;
using FaceId.Infrastructure.Faces.Kernels;
using SkiaSharp;

namespace FaceId.Infrastructure.Faces.Imaging;

/// <summary>
/// Cuts a face out to be kept: upright, with enough around it to be found again, and with as many pixels as both networks can use. How
/// near the template of such a picture is to that of its photo was measured (docs/accuracy.md).
/// </summary>
internal static unsafe class FaceCrop
{
    /// <summary>Sides of dlib's chip; the face then fills about a third of the picture.</summary>
    private const double Margin = 2;

    /// <summary>Twice the chip in each direction again: what both networks see is not enlarged when they see it next.</summary>
    private const int MostPixels = 480;

    private const int Quality = 95;

    /// <summary>A JPEG file; what lies outside the photo is black.</summary>
    /// <param name="chip">Where dlib's chip lies in the photo.</param>
    public static byte[] Cut(PixelView image, FaceChip.Place chip, NativeBuffer<byte> pixels, FaceChip.Scratch scratch)
    {
        var width = chip.Rectangle.Width * Margin;
        var side = (int)Math.Clamp(Math.Round(width), 1, MostPixels);
        var place = chip with { Rectangle = RectangleD.Centred(chip.Rectangle.Centre, width, width) };
        var picture = pixels.Take((long)side * side * PixelView.BytesPerPixel);
        FaceChip.Extract(image, place, side, FaceChip.ToNearest, picture, scratch);

        using var pixmap = new SKPixmap(new SKImageInfo(side, side, SKColorType.Rgba8888, SKAlphaType.Opaque), (IntPtr)picture);
        using var file = pixmap.Encode(new SKJpegEncoderOptions(Quality, SKJpegEncoderDownsample.Downsample444, SKJpegEncoderAlphaOption.Ignore))
            ?? throw new InvalidOperationException("The picture of a face could not be written as JPEG.");
        return file.ToArray();
    }
}
