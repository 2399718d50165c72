using SkiaSharp;

namespace FaceId.Tests;

/// <summary>Worsens a photo as cameras and people do, without further losses: every answer is a PNG.</summary>
internal static unsafe class SpoiltPhoto
{
    /// <param name="sigma">Of the Gaussian, in pixels.</param>
    public static byte[] Blurred(byte[] photo, float sigma) => Draw(photo, 1, (canvas, bitmap) =>
    {
        using var filter = SKImageFilter.CreateBlur(sigma, sigma, SKShaderTileMode.Clamp);
        using var paint = new SKPaint { ImageFilter = filter };
        canvas.DrawBitmap(bitmap, 0, 0, paint);
    });

    /// <summary>As a hand that shakes does: along one line only.</summary>
    public static byte[] Shaken(byte[] photo, float sigma) => Draw(photo, 1, (canvas, bitmap) =>
    {
        using var filter = SKImageFilter.CreateBlur(sigma, 0, SKShaderTileMode.Clamp);
        using var paint = new SKPaint { ImageFilter = filter };
        canvas.DrawBitmap(bitmap, 0, 0, paint);
    });

    /// <summary>Multiplies every pixel, cut off at white: below 1 darker, above 1 brighter.</summary>
    public static byte[] Exposed(byte[] photo, double gain) => Map(photo, value => value * gain);

    /// <summary>Brings every pixel nearer to grey.</summary>
    public static byte[] Faded(byte[] photo, double contrast) => Map(photo, value => 128 + (value - 128) * contrast);

    public static byte[] Shrunk(byte[] photo, float scale) => Draw(photo, scale, (canvas, bitmap) => Scaled(canvas, bitmap, scale));

    /// <summary>Makes a photo smaller and as large again, as who must meet a minimum size does.</summary>
    public static byte[] Inflated(byte[] photo, float scale) => Shrunk(Shrunk(photo, scale), 1 / scale);

    /// <summary>Turns a photo in its plane, clockwise.</summary>
    public static byte[] Leaning(byte[] photo, float degrees) => Draw(photo, 1, (canvas, bitmap) =>
    {
        canvas.Clear(SKColors.Gray);
        canvas.RotateDegrees(degrees, bitmap.Width / 2f, bitmap.Height / 2f);
        canvas.DrawBitmap(bitmap, 0, 0);
    });

    public static byte[] Cropped(byte[] photo, int left, int top, int right, int bottom)
    {
        using var bitmap = Decode(photo);
        using var part = new SKBitmap();
        return bitmap.ExtractSubset(part, new SKRectI(left, top, right, bottom)) ? Encode(part) : throw new ArgumentException("Nothing is left.");
    }

    /// <summary>
    /// Turns the head as if it were an ellipsoid with a nose, seen from far away. Where nothing was to be seen before, the nearest pixels
    /// are repeated.
    /// </summary>
    /// <param name="eyes">The point between the eyes.</param>
    /// <param name="eyeDistance">In pixels; gives the size of the head.</param>
    /// <param name="yaw">In degrees, to the right of the photo.</param>
    /// <param name="pitch">In degrees, upwards.</param>
    public static byte[] Turned(byte[] photo, SKPoint eyes, double eyeDistance, double yaw, double pitch = 0)
    {
        using var bitmap = Decode(photo);
        int width = bitmap.Width, height = bitmap.Height;
        var from = (uint*)bitmap.GetPixels();
        var to = new uint[width * height];
        var depths = new double[width * height];
        Array.Fill(depths, double.NegativeInfinity);
        var (sinYaw, cosYaw) = Math.SinCos(yaw * Math.PI / 180);
        var (sinPitch, cosPitch) = Math.SinCos(-pitch * Math.PI / 180);
        double centreX = eyes.X, centreY = eyes.Y + 0.45 * eyeDistance;
        const int Steps = 3;
        for (var row = 0; row < height * Steps; row++)
        {
            for (var column = 0; column < width * Steps; column++)
            {
                // In distances between the eyes, from the middle of the face; depth grows towards the camera.
                double x = ((column + 0.5) / Steps - 0.5 - centreX) / eyeDistance, y = ((row + 0.5) / Steps - 0.5 - centreY) / eyeDistance;
                var z = 1.35 * Math.Sqrt(Math.Max(0, 1 - Square(x / 1.3) - Square(y / 1.9))) - 0.45
                    + 0.3 * Math.Exp(-Square(x / 0.16) / 2 - Square((y - 0.12) / 0.22) / 2);
                (x, z) = (x * cosYaw + z * sinYaw, z * cosYaw - x * sinYaw);
                (y, z) = (y * cosPitch + z * sinPitch, z * cosPitch - y * sinPitch);
                int left = (int)Math.Round(centreX + x * eyeDistance), top = (int)Math.Round(centreY + y * eyeDistance);
                if (left >= 0 && top >= 0 && left < width && top < height && z > depths[top * width + left])
                {
                    depths[top * width + left] = z;
                    to[top * width + left] = from[row / Steps * width + column / Steps];
                }
            }
        }

        for (var i = 1; i < to.Length; i++)
        {
            to[i] = double.IsNegativeInfinity(depths[i]) ? to[i - 1] : to[i];
        }

        to.CopyTo(new Span<uint>(from, to.Length));
        return Encode(bitmap);
    }

    private static double Square(double value) => value * value;

    private static void Scaled(SKCanvas canvas, SKBitmap bitmap, float scale)
    {
        using var image = SKImage.FromBitmap(bitmap);
        canvas.Scale(scale);
        canvas.DrawImage(image, 0, 0, new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear));
    }

    private static byte[] Map(byte[] photo, Func<double, double> change)
    {
        var table = new byte[256];
        for (var value = 0; value < table.Length; value++)
        {
            table[value] = (byte)Math.Clamp(Math.Round(change(value)), 0, 255);
        }

        using var bitmap = Decode(photo);
        var bytes = new Span<byte>((void*)bitmap.GetPixels(), bitmap.ByteCount);
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] = i % 4 == 3 ? bytes[i] : table[bytes[i]];
        }

        return Encode(bitmap);
    }

    private static byte[] Draw(byte[] photo, float scale, Action<SKCanvas, SKBitmap> draw)
    {
        using var bitmap = Decode(photo);
        using var result = new SKBitmap(Format((int)Math.Round(bitmap.Width * scale), (int)Math.Round(bitmap.Height * scale)));
        using (var canvas = new SKCanvas(result))
        {
            draw(canvas, bitmap);
        }

        return Encode(result);
    }

    private static SKBitmap Decode(byte[] photo)
    {
        using var codec = SKCodec.Create(new MemoryStream(photo));
        return SKBitmap.Decode(codec, Format(codec.Info.Width, codec.Info.Height));
    }

    private static SKImageInfo Format(int width, int height) => new(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque);

    private static byte[] Encode(SKBitmap bitmap)
    {
        using var data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }
}
