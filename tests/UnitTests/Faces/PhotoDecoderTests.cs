using System.Buffers.Binary;
using System.IO.Compression;
using FaceId.Infrastructure.Faces.Dlib;
using FaceId.Infrastructure.Faces.Imaging;
using SkiaSharp;

namespace FaceId.UnitTests.Faces;

/// <summary>Files in, upright pixels or a named refusal out.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed unsafe class PhotoDecoderTests
{
    private const int MaxBytes = 1 << 20;
    private const int MaxPixels = 1_000_000;

    private static readonly PhotoDecoder Decoder = new(MaxBytes, MaxPixels);

    [TestCase(SKEncodedImageFormat.Jpeg)]
    [TestCase(SKEncodedImageFormat.Png)]
    [TestCase(SKEncodedImageFormat.Webp)]
    public void A_photo_of_a_common_format_is_decoded(SKEncodedImageFormat format)
    {
        using var buffers = new PhotoBuffers();
        var photo = Decoder.Decode(Encode(Quarters(), format), 10_000, buffers);
        Assert.That(photo.IsError, Is.False);
        Assert.That((photo.Value.Width, photo.Value.Height), Is.EqualTo((64, 32)));
        AssertQuarters(photo.Value.Pixels);
    }

    [Test]
    public void A_bitmap_file_is_decoded()
    {
        using var buffers = new PhotoBuffers();
        var photo = Decoder.Decode(BitmapFile(Quarters()), 10_000, buffers);
        Assert.That(photo.IsError, Is.False);
        AssertQuarters(photo.Value.Pixels);
    }

    [Test]
    public void The_first_frame_of_a_gif_is_decoded()
    {
        // A GIF of one red pixel.
        var gif = Convert.FromHexString("474946383961010001008000 00FF0000FFFFFF2C00000000010001000002024401003B".Replace(" ", "", StringComparison.Ordinal));
        using var buffers = new PhotoBuffers();
        var photo = Decoder.Decode(gif, 10_000, buffers);
        Assert.That(photo.IsError, Is.False);
        Assert.That(Pixel(photo.Value.Pixels, 0, 0), Is.EqualTo((255, 0, 0)));
    }

    [Test]
    public void A_photo_is_turned_as_its_exif_entry_says([Range(1, 8)] int orientation)
    {
        var upright = Quarters();
        var stored = Store(upright, orientation);
        using var buffers = new PhotoBuffers();
        var photo = Decoder.Decode(WithExif(Encode(stored, SKEncodedImageFormat.Jpeg), orientation), 10_000, buffers);
        Assert.That(photo.IsError, Is.False);
        Assert.That((photo.Value.Width, photo.Value.Height), Is.EqualTo((64, 32)));
        AssertQuarters(photo.Value.Pixels);
    }

    [TestCase(0, 1)]
    [TestCase(0, 8)]
    [TestCase(0, 16)]
    [TestCase(2, 8)]
    public void A_grey_deep_or_coloured_png_is_decoded(int colourType, int depth)
    {
        using var buffers = new PhotoBuffers();
        var photo = Decoder.Decode(Png(5, 3, colourType, depth, 0xFF), 10_000, buffers);
        Assert.That(photo.IsError, Is.False);
        Assert.That(Pixel(photo.Value.Pixels, 4, 2), Is.EqualTo((255, 255, 255)));
    }

    [Test]
    public void Transparent_pixels_lie_over_white()
    {
        using var bitmap = new SKBitmap(new SKImageInfo(2, 1, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        bitmap.SetPixel(0, 0, new SKColor(10, 20, 30, 0));
        bitmap.SetPixel(1, 0, new SKColor(0, 0, 0, 128));
        using var buffers = new PhotoBuffers();
        var photo = Decoder.Decode(Encode(bitmap, SKEncodedImageFormat.Png), 10_000, buffers);
        Assert.That(Pixel(photo.Value.Pixels, 0, 0), Is.EqualTo((255, 255, 255)));
        Assert.That(Pixel(photo.Value.Pixels, 1, 0), Is.EqualTo((127, 127, 127)));
    }

    [Test]
    public void A_large_jpeg_is_decoded_at_a_fraction_of_its_size()
    {
        using var bitmap = new SKBitmap(800, 600);
        using var buffers = new PhotoBuffers();
        var photo = Decoder.Decode(Encode(bitmap, SKEncodedImageFormat.Jpeg), 200, buffers);
        Assert.That((photo.Value.Width, photo.Value.Height), Is.EqualTo((800, 600)));
        Assert.That(photo.Value.Pixels.Width, Is.InRange(200, 400));
        Assert.That(photo.Value.Scale, Is.EqualTo(800.0 / photo.Value.Pixels.Width).Within(1e-9));
    }

    [TestCase(SKEncodedImageFormat.Jpeg)]
    [TestCase(SKEncodedImageFormat.Png)]
    [TestCase(SKEncodedImageFormat.Webp)]
    public void A_photo_that_was_cut_off_is_refused(SKEncodedImageFormat format)
    {
        var file = File.ReadAllBytes(Path.Combine(Testbed.Examples, "faces", "2008_001009.jpg"));
        if (format != SKEncodedImageFormat.Jpeg)
        {
            using var bitmap = SKBitmap.Decode(file);
            file = Encode(bitmap, format);
        }

        using var buffers = new PhotoBuffers();
        foreach (var part in new[] { 0.9, 0.5, 0.1 })
        {
            var photo = Decoder.Decode(file.AsMemory(0, (int)(file.Length * part)), 10_000, buffers);
            Assert.That(photo.IsError, Is.True, $"{part:P0} of the file");
            Assert.That(photo.FirstError.Code, Is.EqualTo("image_unreadable"));
        }
    }

    [Test]
    public void Bytes_that_are_no_image_are_refused()
    {
        using var buffers = new PhotoBuffers();
        foreach (var file in new[] { [], "hello"u8.ToArray(), new byte[100], [0xFF, 0xD8, 0xFF, 0xE0, 1, 2, 3], [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] })
        {
            var photo = Decoder.Decode(file, 10_000, buffers);
            Assert.That(photo.IsError, Is.True);
            Assert.That(photo.FirstError.Code, Is.EqualTo("image_unreadable"));
        }
    }

    [TestCase("0000001866747970686569630000000068656963", "HEIC")]
    [TestCase("0000001866747970617669660000000061766966", "AVIF")]
    [TestCase("49492A0008000000", "TIFF")]
    [TestCase("255044462D312E37", "PDF")]
    [TestCase("3C7376672077696474683D2231223E", "SVG")]
    [TestCase("384250530001", "Photoshop")]
    [TestCase("0000000C4A584C200D0A870A", "JPEG XL")]
    [TestCase("0000000C6A5020200D0A870A", "JPEG 2000")]
    [TestCase("00000018667479706D70343200000000", "Video")]
    public void A_format_that_cannot_be_decoded_is_refused_by_name(string start, string name)
    {
        using var buffers = new PhotoBuffers();
        var photo = Decoder.Decode(Convert.FromHexString(start), 10_000, buffers);
        Assert.That(photo.FirstError.Code, Is.EqualTo("image_format_unsupported"));
        Assert.That(photo.FirstError.Description, Does.Contain(name));
    }

    [Test]
    public void A_file_of_too_many_bytes_is_refused()
    {
        using var buffers = new PhotoBuffers();
        Assert.That(Decoder.Decode(new byte[MaxBytes + 1], 10_000, buffers).FirstError.Code, Is.EqualTo("image_too_large"));
    }

    [Test]
    public void A_picture_of_too_many_pixels_is_refused_before_memory_is_taken_for_it()
    {
        using var buffers = new PhotoBuffers();
        var photo = Decoder.Decode(Png(30_000, 30_000, 0, 8, 0, withPixels: false), 10_000, buffers);
        Assert.That(photo.FirstError.Code, Is.EqualTo("image_too_large"));
        Assert.That(buffers.Decoded.Bytes, Is.Zero);
    }

    [Test]
    public void A_shrunken_picture_keeps_its_colours_and_its_mean()
    {
        using var buffers = new PhotoBuffers();
        using var target = new FaceId.Infrastructure.Faces.Kernels.NativeBuffer<byte>();
        using var sums = new FaceId.Infrastructure.Faces.Kernels.NativeBuffer<float>();
        var photo = Decoder.Decode(Encode(Quarters(), SKEncodedImageFormat.Png), 10_000, buffers).Value.Pixels;
        AssertQuarters(Pixels.Shrink(photo, 26, 13, target, sums));
    }

    /// <summary>Red, green, blue and white quarters.</summary>
    private static SKBitmap Quarters()
    {
        var bitmap = new SKBitmap(new SKImageInfo(64, 32, SKColorType.Rgba8888, SKAlphaType.Opaque));
        for (var y = 0; y < 32; y++)
        {
            for (var x = 0; x < 64; x++)
            {
                bitmap.SetPixel(x, y, (x < 32, y < 16) switch
                {
                    (true, true) => SKColors.Red,
                    (false, true) => SKColors.Lime,
                    (true, false) => SKColors.Blue,
                    _ => SKColors.White,
                });
            }
        }

        return bitmap;
    }

    private static void AssertQuarters(PixelView view)
    {
        int x = view.Width / 4, y = view.Height / 4;
        AssertNear(Pixel(view, x, y), (255, 0, 0));
        AssertNear(Pixel(view, 3 * x, y), (0, 255, 0));
        AssertNear(Pixel(view, x, 3 * y), (0, 0, 255));
        AssertNear(Pixel(view, 3 * x, 3 * y), (255, 255, 255));
    }

    private static void AssertNear((int R, int G, int B) actual, (int R, int G, int B) expected)
    {
        Assert.That(actual.R, Is.EqualTo(expected.R).Within(6), actual.ToString());
        Assert.That(actual.G, Is.EqualTo(expected.G).Within(6), actual.ToString());
        Assert.That(actual.B, Is.EqualTo(expected.B).Within(6), actual.ToString());
    }

    private static (int R, int G, int B) Pixel(PixelView view, int x, int y)
    {
        var pixel = view.Row(y) + x * PixelView.BytesPerPixel;
        return (pixel[0], pixel[1], pixel[2]);
    }

    /// <summary>What a camera held that way writes.</summary>
    private static SKBitmap Store(SKBitmap upright, int orientation)
    {
        var (width, height) = orientation >= 5 ? (upright.Height, upright.Width) : (upright.Width, upright.Height);
        var stored = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var (u, v) = orientation switch
                {
                    1 => (x, y),
                    2 => (width - 1 - x, y),
                    3 => (width - 1 - x, height - 1 - y),
                    4 => (x, height - 1 - y),
                    5 => (y, x),
                    6 => (height - 1 - y, x),
                    7 => (height - 1 - y, width - 1 - x),
                    _ => (y, width - 1 - x),
                };
                stored.SetPixel(x, y, upright.GetPixel(u, v));
            }
        }

        return stored;
    }

    /// <summary>Puts an EXIF segment with nothing but an orientation behind the start marker.</summary>
    private static byte[] WithExif(byte[] jpeg, int orientation)
    {
        byte[] exif = [.. "Exif\0\0"u8, .. "MM\0*"u8, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, (byte)orientation, 0, 0, 0, 0, 0, 0];
        return [0xFF, 0xD8, 0xFF, 0xE1, 0, (byte)(exif.Length + 2), .. exif, .. jpeg.AsSpan(2)];
    }

    private static byte[] Encode(SKBitmap bitmap, SKEncodedImageFormat format)
    {
        using var image = SKImage.FromBitmap(bitmap);
        using var data = image.Encode(format, format == SKEncodedImageFormat.Webp ? 90 : 100);
        return data.ToArray();
    }

    private static byte[] BitmapFile(SKBitmap bitmap)
    {
        const int Header = 54;
        var row = bitmap.Width * 3;
        var file = new byte[Header + row * bitmap.Height];
        "BM"u8.CopyTo(file);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(2), file.Length);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(10), Header);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(14), 40);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(18), bitmap.Width);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(22), bitmap.Height);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(26), 1);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(28), 24);
        for (var y = 0; y < bitmap.Height; y++)
        {
            for (var x = 0; x < bitmap.Width; x++)
            {
                var colour = bitmap.GetPixel(x, bitmap.Height - 1 - y);
                var at = Header + y * row + x * 3;
                (file[at], file[at + 1], file[at + 2]) = (colour.Blue, colour.Green, colour.Red);
            }
        }

        return file;
    }

    /// <summary>A PNG whose bytes are all alike.</summary>
    private static byte[] Png(int width, int height, int colourType, int depth, byte fill, bool withPixels = true)
    {
        using var file = new MemoryStream();
        file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = ((byte)depth, (byte)colourType);
        Chunk(file, "IHDR"u8, header);
        using var pixels = new MemoryStream();
        if (withPixels)
        {
            using var deflate = new ZLibStream(pixels, CompressionLevel.Fastest, leaveOpen: true);
            var bits = width * depth * (colourType == 2 ? 3 : 1);
            for (var y = 0; y < height; y++)
            {
                deflate.WriteByte(0);
                deflate.Write(Enumerable.Repeat(fill, (bits + 7) / 8).ToArray());
            }
        }

        Chunk(file, "IDAT"u8, pixels.ToArray());
        Chunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    private static void Chunk(MemoryStream file, ReadOnlySpan<byte> kind, ReadOnlySpan<byte> content)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
        file.Write(number);
        byte[] body = [.. kind, .. content];
        file.Write(body);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc(body));
        file.Write(number);
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var b in bytes)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320 : 0);
            }
        }

        return ~crc;
    }
}
