using System.Text;

namespace FaceId.Infrastructure.Faces.Imaging;

/// <summary>Tells formats apart by their first bytes, so that one that cannot be decoded is refused by name.</summary>
internal static class PhotoFormat
{
    /// <summary>Bytes that are enough to know a format.</summary>
    private const int Prefix = 1024;

    public static bool IsSupported(ReadOnlySpan<byte> file) =>
        file.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF])
        || file.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A])
        || file.StartsWith("GIF87a"u8) || file.StartsWith("GIF89a"u8)
        || file.StartsWith("BM"u8)
        || IsRiff(file, "WEBP"u8);

    /// <summary>A sentence about a format that is known but not decoded; null when the bytes mean nothing.</summary>
    public static string? DescribeUnsupported(ReadOnlySpan<byte> file)
    {
        if (file.Length >= 12 && file[4..8].SequenceEqual("ftyp"u8))
        {
            return Brand(file[8..12]);
        }

        if (file.StartsWith("II*\0"u8) || file.StartsWith("MM\0*"u8) || file.StartsWith("II+\0"u8))
        {
            return "TIFF images (and raw photos based on it) are not supported.";
        }

        if (file.StartsWith("%PDF"u8))
        {
            return "PDF documents are not images; export the page.";
        }

        if (file.StartsWith("8BPS"u8))
        {
            return "Photoshop documents are not supported.";
        }

        if (file.StartsWith((ReadOnlySpan<byte>)[0xFF, 0x0A]) || file.StartsWith((ReadOnlySpan<byte>)[0, 0, 0, 0x0C, (byte)'J', (byte)'X', (byte)'L', (byte)' ']))
        {
            return "JPEG XL images are not supported.";
        }

        if (file.StartsWith((ReadOnlySpan<byte>)[0, 0, 0, 0x0C, (byte)'j', (byte)'P', (byte)' ', (byte)' ']) || file.StartsWith((ReadOnlySpan<byte>)[0xFF, 0x4F, 0xFF, 0x51]))
        {
            return "JPEG 2000 images are not supported.";
        }

        if (file.StartsWith((ReadOnlySpan<byte>)[0, 0, 1, 0]) || file.StartsWith((ReadOnlySpan<byte>)[0, 0, 2, 0]))
        {
            return "Icons are not supported.";
        }

        if (IsRiff(file, "AVI "u8) || file.StartsWith((ReadOnlySpan<byte>)[0x1A, 0x45, 0xDF, 0xA3]))
        {
            return "Videos are not supported; send one frame.";
        }

        return IsSvg(file) ? "SVG drawings are not supported." : null;
    }

    /// <summary>The brand of a file of the ISO base media family.</summary>
    private static string Brand(ReadOnlySpan<byte> brand)
    {
        if (brand.SequenceEqual("avif"u8) || brand.SequenceEqual("avis"u8))
        {
            return "AVIF images are not supported.";
        }

        if (brand.StartsWith("hei"u8) || brand.StartsWith("hev"u8) || brand.SequenceEqual("mif1"u8) || brand.SequenceEqual("msf1"u8))
        {
            return "HEIC images are not supported; in the camera settings of an iPhone choose \"Most Compatible\", or share the photo as JPEG.";
        }

        return "Videos are not supported; send one frame.";
    }

    private static bool IsRiff(ReadOnlySpan<byte> file, ReadOnlySpan<byte> kind) =>
        file.Length >= 12 && file.StartsWith("RIFF"u8) && file[8..12].SequenceEqual(kind);

    private static bool IsSvg(ReadOnlySpan<byte> file)
    {
        var start = Encoding.Latin1.GetString(file[..Math.Min(file.Length, Prefix)]);
        return start.Contains("<svg", StringComparison.OrdinalIgnoreCase);
    }
}
