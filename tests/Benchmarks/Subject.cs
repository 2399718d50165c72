using FaceId.Application.Faces;
using FaceId.Infrastructure.Faces;
using FaceId.Infrastructure.Faces.Dlib;
using FaceId.Infrastructure.Faces.Imaging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using SkiaSharp;

namespace FaceId.Benchmarks;

/// <summary>What is measured: each stage of the engine on one thread, on a photo of a given size.</summary>
/// <remarks>The photo is scaled to cover the size and its middle cut out, as tests/reference does for dlib.</remarks>
internal sealed unsafe class Subject : IDisposable
{
    private readonly FaceModelSet _models;
    private readonly FaceWorkspace _workspace = new();
    private readonly FaceEngine _engine;
    private readonly byte[] _file;
    private readonly PixelView _image;
    private readonly Detection _face;
    private readonly float[] _vector;

    public Subject(int width, int height)
    {
        var folder = Environment.GetEnvironmentVariable("FACEID_MODELS") ?? "models";
        _models = FaceModelSet.LoadAsync(new FaceEngineOptions { ModelsFolder = folder }, CancellationToken.None).GetAwaiter().GetResult();
        _engine = new FaceEngine(
            Options.Create(new FaceEngineOptions { ModelsFolder = folder }), TimeProvider.System, NullLogger<FaceEngine>.Instance);
        _file = Jpeg(PhotoPath, width, height);
        _image = new PhotoDecoder(int.MaxValue, int.MaxValue).Decode(_file, int.MaxValue, _workspace.Photo).Value.Pixels;
        _face = _models.Scanner.ScanAll(_image, _workspace.Scan, CancellationToken.None)[0];
        _vector = new float[_models.Encoder.Length];
        LandmarksAndChip();
    }

    public static string PhotoPath { get; set; } =
        Environment.GetEnvironmentVariable("FACEID_BENCH_PHOTO") ?? "tests/photos/female_0.jpg";

    public void Encode() => _models.Encoder.Run(_workspace.Chip, _vector, _workspace.Encoder);

    public void LandmarksAndChip()
    {
        Span<PointD> points = stackalloc PointD[ShapePredictor.Points];
        _models.Landmarks.Predict(_image, _face.Box, points);
        FaceChip.Extract(_image, FaceChip.PlaceOf(points), _workspace.Chip, _workspace.ChipScratch);
    }

    public void DetectThorough() => _models.Scanner.ScanAll(_image, _workspace.Scan, CancellationToken.None);

    /// <summary>As for verification: faces of at least five sixths of the largest.</summary>
    public void DetectCoarse() => _models.Scanner.ScanCoarseToFine(_image, 0.84, _workspace.Scan, CancellationToken.None, out _);

    /// <summary>As for a list of faces: those of at least half the largest.</summary>
    public void DetectCoarseHalf() => _models.Scanner.ScanCoarseToFine(_image, 0.5, _workspace.Scan, CancellationToken.None, out _);

    public PhotoAnalysis Pipeline(bool thorough) =>
        _engine.AnalyseAsync(_file, new AnalysisOptions(thorough, EncodeFaces.WhenSingle), CancellationToken.None).GetAwaiter().GetResult().Value;

    public void Dispose()
    {
        _engine.Dispose();
        _models.Dispose();
        _workspace.Dispose();
    }

    private static byte[] Jpeg(string path, int width, int height)
    {
        using var photo = SKBitmap.Decode(path) ?? throw new FileNotFoundException("The photo to measure with is missing.", path);
        var scale = Math.Max(width / (float)photo.Width, height / (float)photo.Height);
        float w = photo.Width * scale, h = photo.Height * scale, x = (width - w) / 2, y = (height - h) / 2;
        using var target = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using var canvas = new SKCanvas(target);
        using var source = SKImage.FromBitmap(photo);
        canvas.DrawImage(source, new SKRect(x, y, x + w, y + h), new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear));
        canvas.Flush();
        using var image = SKImage.FromBitmap(target);
        return image.Encode(SKEncodedImageFormat.Jpeg, 90).ToArray();
    }
}
