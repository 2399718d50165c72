using System.Globalization;
using FaceId.Application.Faces;
using FaceId.Infrastructure.Faces;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using SkiaSharp;

namespace FaceId.Benchmarks;

/// <summary>
/// What the passive liveness network says of photos, of spoilt copies, and of simulated prints and screens of them: the table of
/// docs/accuracy.md, "A passive model". No print and no screen was photographed.
/// </summary>
internal static class PassiveStudy
{
    /// <summary>Prints and screens are made at this size, large enough for dots and stripes of several pixels.</summary>
    private const int CopySide = 1000;

    private static readonly (string Name, int Quality, Func<SKBitmap, SKBitmap> Make)[] Copies =
    [
        ("as they are", 95, photo => photo.Copy()),
        ("JPEG of quality 40", 40, photo => photo.Copy()),
        ("JPEG of quality 15", 15, photo => photo.Copy()),
        ("blurred (Gaussian, σ 1 % of the width)", 90, photo => Drawn(photo.Width, photo.Height, photo, null, photo.Width * 0.01f)),
        ("darkened (gamma 1.5)", 90, photo => Changed(photo, (_, _, _, value) => Math.Pow(value, 1.5))),
        ("print", 90, Print),
        ("screen", 90, Screen),
        ("print with its edge", 90, photo => Framed(Print(photo), new SKColor(243, 240, 232))),
        ("screen with its edge", 90, photo => Framed(Screen(photo), new SKColor(14, 14, 16))),
    ];

    /// <param name="folders">Of photos, or of a folder of photos for each person, of whom the first photo is taken.</param>
    /// <param name="most">Photos of each folder at most, spread over it.</param>
    public static async Task<int> RunAsync(IReadOnlyList<string> folders, int most)
    {
        var options = new FaceEngineOptions { ModelsFolder = Environment.GetEnvironmentVariable("FACEID_MODELS") ?? "models" };
        using var engine = new FaceEngine(Options.Create(options), TimeProvider.System, NullLogger<FaceEngine>.Instance);
        var scores = new Dictionary<(string Folder, string Copy), List<double>>();
        foreach (var folder in folders)
        {
            var photos = PhotosOf(folder);
            await Parallel.ForEachAsync(
                Enumerable.Range(0, Math.Min(most, photos.Count)).Select(i => photos[i * photos.Count / Math.Min(most, photos.Count)]),
                async (file, cancellationToken) =>
                {
                    using var photo = SKBitmap.Decode(file);
                    foreach (var (name, quality, make) in Copies)
                    {
                        using var copy = make(photo);
                        using var jpeg = copy.Encode(SKEncodedImageFormat.Jpeg, quality);
                        var analysed = await engine.AnalyseAsync(jpeg.ToArray(), new AnalysisOptions(Encode: EncodeFaces.WhenSingle, Passive: true), cancellationToken);
                        if (!analysed.IsError && analysed.Value.Faces is [{ PassiveScore: { } score }])
                        {
                            lock (scores)
                            {
                                (scores.TryGetValue((folder, name), out var list) ? list : scores[(folder, name)] = []).Add(score);
                            }
                        }
                    }
                });
        }

        Console.WriteLine($"| called live at 0.5 (median score; photos with one face) | {string.Join(" | ", folders.Select(folder => Path.GetFileName(folder.TrimEnd('/'))))} |");
        Console.WriteLine($"|---|{string.Concat(Enumerable.Repeat("---|", folders.Count))}");
        foreach (var (name, _, _) in Copies)
        {
            var cells = folders.Select(folder => scores.TryGetValue((folder, name), out var list)
                ? string.Create(CultureInfo.InvariantCulture, $"{100.0 * list.Count(score => score >= 0.5) / list.Count:0} % ({list.Quantile(0.5):0.00}; {list.Count})")
                : "none");
            Console.WriteLine($"| {name} | {string.Join(" | ", cells)} |");
        }

        return 0;
    }

    private static List<string> PhotosOf(string folder)
    {
        var people = Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal).ToList();
        var photos = people.Count == 0
            ? Directory.EnumerateFiles(folder, "*.jpg").Order(StringComparer.Ordinal)
            : people.Select(person => Directory.EnumerateFiles(person, "*.jpg").Order(StringComparer.Ordinal).FirstOrDefault()).OfType<string>();
        return [.. photos];
    }

    /// <summary>Three screens of dots, one for each ink and each turned otherwise, on paper, seen by a camera that is not quite sharp.</summary>
    private static SKBitmap Print(SKBitmap photo)
    {
        const double period = 5;
        double[] angles = [15, 75, 0];
        var grain = new Random(1);
        using var large = Drawn(CopySide, CopySide * photo.Height / photo.Width, photo, null);
        using var dots = Changed(large, (x, y, channel, value) =>
        {
            var (sine, cosine) = Math.SinCos(angles[channel] * Math.PI / 180);
            var (u, v) = ((x * cosine + y * sine) * 2 * Math.PI / period, (y * cosine - x * sine) * 2 * Math.PI / period);
            return value > 0.5 + 0.25 * (Math.Cos(u) + Math.Cos(v)) ? 0.95 : 0.08;
        });
        using var seen = Drawn(dots.Width, dots.Height, dots, null, 1.8f);
        double[] paper = [1, 0.98, 0.94];
        return Changed(seen, (_, _, channel, value) => value * paper[channel] + 0.03 * (grain.NextDouble() - 0.5));
    }

    /// <summary>Stripes of three colours that beat with the camera's pixels, light that is never quite off, and glare from the top left.</summary>
    private static SKBitmap Screen(SKBitmap photo)
    {
        using var large = Drawn(CopySide, CopySide * photo.Height / photo.Width, photo, null);
        using var striped = Changed(large, (x, y, channel, value) =>
        {
            var stripe = 0.5 + 0.5 * Math.Cos(2 * Math.PI * ((x + 0.06 * y) / 3.1 - channel / 3.0));
            var lit = 0.05 + 0.95 * value * (0.7 + 0.6 * stripe) / 1.15;
            return lit + 0.18 * Math.Exp(-((double)x * x + (double)y * y) / (0.2 * CopySide * CopySide));
        });
        return Drawn(striped.Width, striped.Height, striped, null, 0.8f);
    }

    /// <summary>A copy that fills six tenths of the view, in a frame of a colour, before a table.</summary>
    private static SKBitmap Framed(SKBitmap copy, SKColor frame)
    {
        const float share = 0.6f, border = 0.03f;
        using (copy)
        {
            using var table = new SKBitmap(copy.Width, copy.Height);
            using (var canvas = new SKCanvas(table))
            {
                using var shader = SKShader.CreateLinearGradient(
                    new SKPoint(0, 0), new SKPoint(copy.Width, copy.Height), [new SKColor(150, 118, 88), new SKColor(96, 74, 56)], SKShaderTileMode.Clamp);
                using var wood = new SKPaint { Shader = shader };
                canvas.DrawPaint(wood);
                using var edge = new SKPaint { Color = frame };
                canvas.DrawRect(Middle(copy, share + 2 * border), edge);
            }

            return Drawn(copy.Width, copy.Height, copy, Middle(copy, share), under: table);
        }

        static SKRect Middle(SKBitmap view, float share) => SKRect.Create(
            view.Width * (1 - share) / 2, view.Height * (1 - share) / 2, view.Width * share, view.Height * share);
    }

    private static SKBitmap Drawn(int width, int height, SKBitmap photo, SKRect? place, float blur = 0, SKBitmap? under = null)
    {
        var target = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using var canvas = new SKCanvas(target);
        using var image = SKImage.FromBitmap(photo);
        using var filter = blur > 0 ? SKImageFilter.CreateBlur(blur, blur, SKShaderTileMode.Clamp, null, SKRect.Create(width, height)) : null;
        using var paint = new SKPaint { ImageFilter = filter };
        if (under is not null)
        {
            canvas.DrawBitmap(under, 0, 0);
        }

        canvas.DrawImage(image, place ?? SKRect.Create(width, height), new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear), paint);
        return target;
    }

    /// <param name="change">From column, row, colour (red, green, blue) and value, 0 to 1, to the new value, which is cut off at both ends.</param>
    private static SKBitmap Changed(SKBitmap photo, Func<int, int, int, double, double> change)
    {
        var changed = Drawn(photo.Width, photo.Height, photo, null);
        var pixels = changed.GetPixelSpan();
        unsafe
        {
            fixed (byte* p = pixels)
            {
                for (var i = 0; i < pixels.Length; i++)
                {
                    if (i % 4 < 3)
                    {
                        p[i] = (byte)Math.Round(255 * Math.Clamp(change(i / 4 % photo.Width, i / 4 / photo.Width, i % 4, p[i] / 255.0), 0, 1));
                    }
                }
            }
        }

        return changed;
    }
}
