using System.Globalization;
using ErrorOr;
using FaceId.Application.Faces;
using FaceId.Infrastructure.Faces.Dlib;
using FaceId.Infrastructure.Faces.Kernels;
using SkiaSharp;

namespace FaceId.Infrastructure.Faces.Imaging;

/// <summary>Turns the bytes of a file into upright pixels, or says why it cannot.</summary>
/// <remarks>
/// Colour profiles are ignored, as dlib ignores them: an sRGB photo keeps its numbers. Size limits are checked on the header, before any
/// memory is taken for pixels.
/// </remarks>
internal sealed unsafe class PhotoDecoder(int maxBytes, int maxPixels)
{
    /// <summary>Loads the image library, which takes far longer than a photo.</summary>
    public static void WarmUp()
    {
        using var picture = new SKBitmap(16, 16);
        using var jpeg = picture.Encode(SKEncodedImageFormat.Jpeg, 90);
        using var buffers = new PhotoBuffers();
        _ = new PhotoDecoder(int.MaxValue, int.MaxValue).Decode(jpeg.ToArray(), 16, buffers);
    }

    /// <summary>Decodes a photo.</summary>
    /// <param name="longSide">Longer side that is enough for the caller; a larger JPEG is decoded at a fraction of its size, never below this.</param>
    /// <param name="buffers">Receives the pixels.</param>
    public ErrorOr<DecodedPhoto> Decode(ReadOnlyMemory<byte> file, int longSide, PhotoBuffers buffers)
    {
        if (file.Length > maxBytes)
        {
            return FaceErrors.ImageTooLarge(string.Create(
                CultureInfo.InvariantCulture, $"it has {file.Length} bytes and {maxBytes} are allowed."));
        }

        if (file.IsEmpty)
        {
            return FaceErrors.ImageUnreadable("the file is empty.");
        }

        if (!PhotoFormat.IsSupported(file.Span))
        {
            return PhotoFormat.DescribeUnsupported(file.Span) is { } reason
                ? FaceErrors.ImageFormatUnsupported(reason)
                : FaceErrors.ImageUnreadable("it is no image.");
        }

        using var pin = file.Pin();
        using var data = SKData.Create((IntPtr)pin.Pointer, file.Length);
        using var codec = SKCodec.Create(data);
        if (codec is null)
        {
            return FaceErrors.ImageUnreadable("its header is damaged.");
        }

        var (width, height) = (codec.Info.Width, codec.Info.Height);
        if ((long)width * height > maxPixels)
        {
            return FaceErrors.ImageTooLarge(string.Create(
                CultureInfo.InvariantCulture, $"it has {width} x {height} pixels and {maxPixels} are allowed in all."));
        }

        var longest = Math.Max(width, height);
        var size = longest > longSide && codec.EncodedFormat == SKEncodedImageFormat.Jpeg
            ? ScaledSize(codec, longest, longSide)
            : new SKSizeI(width, height);
        var opaque = codec.Info.AlphaType == SKAlphaType.Opaque;
        var info = new SKImageInfo(
            size.Width, size.Height, SKColorType.Rgba8888, opaque ? SKAlphaType.Opaque : SKAlphaType.Unpremul, colorspace: null);
        var pixels = buffers.Decoded.Take((long)size.Width * size.Height * PixelView.BytesPerPixel);
        var result = codec.GetPixels(info, (IntPtr)pixels);
        if (result != SKCodecResult.Success)
        {
            return FaceErrors.ImageUnreadable(
                result == SKCodecResult.IncompleteInput ? "it ends too early." : "its content is damaged.");
        }

        var view = new PixelView(pixels, size.Width, size.Height);
        if (!opaque)
        {
            Pixels.OverWhite(view);
        }

        var orientation = (Orientation)codec.EncodedOrigin;
        view = Pixels.Upright(view, orientation, buffers.Turned);
        (width, height) = orientation.SwapsSides() ? (height, width) : (width, height);
        return new DecodedPhoto(width, height, view, Math.Max(width, height) / (double)Math.Max(size.Width, size.Height));
    }

    /// <summary>libjpeg decodes at eighths of the size; the smallest that is still large enough.</summary>
    private static SKSizeI ScaledSize(SKCodec codec, int longest, int longSide)
    {
        var size = codec.GetScaledDimensions(longSide / (float)longest);
        return Math.Max(size.Width, size.Height) >= longSide ? size : codec.Info.Size;
    }
}

/// <summary>Memory of one worker for the pixels of its photo.</summary>
internal sealed class PhotoBuffers : IDisposable
{
    public NativeBuffer<byte> Decoded { get; } = new();

    public NativeBuffer<byte> Turned { get; } = new();

    public void TrimTo(long bytes)
    {
        Decoded.TrimTo(bytes);
        Turned.TrimTo(bytes);
    }

    public void Dispose()
    {
        Decoded.Dispose();
        Turned.Dispose();
    }
}
