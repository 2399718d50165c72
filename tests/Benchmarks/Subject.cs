using FaceId.Application.Faces;
using FaceId.Domain.Faces;
using FaceId.Infrastructure.Faces;
using FaceId.Infrastructure.Faces.Dlib;
using FaceId.Infrastructure.Faces.Imaging;
using FaceId.Infrastructure.Faces.Mobile;
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
    private readonly FaceEngine _dlibEngine;
    private readonly byte[] _file;
    private readonly PixelView _image;
    private readonly Detection _face;
    private readonly float[] _vector;
    private readonly float[] _mirrored;
    private readonly float[] _second;
    private readonly byte[] _featureChip = new byte[FeatureChip.Bytes];
    private readonly byte[] _surroundings = new byte[LivenessPicture.Bytes];
    private readonly PointD[] _points = new PointD[ShapePredictor.Points];

    public Subject(int width, int height)
    {
        var folder = Environment.GetEnvironmentVariable("FACEID_MODELS") ?? "models";
        _models = FaceModelSet.LoadAsync(new FaceEngineOptions { ModelsFolder = folder }, CancellationToken.None).GetAwaiter().GetResult();
        _engine = Engine(new FaceEngineOptions { ModelsFolder = folder });
        _dlibEngine = Engine(new FaceEngineOptions { ModelsFolder = folder, SecondModel = SecondModel.Off });
        _file = Jpeg(PhotoPath, width, height);
        _image = new PhotoDecoder(int.MaxValue, int.MaxValue).Decode(_file, int.MaxValue, _workspace.Photo).Value.Pixels;
        _face = _models.Scanner.ScanAll(_image, _workspace.Scan, CancellationToken.None)[0];
        _vector = new float[_models.Encoder.Length];
        _mirrored = new float[_models.Encoder.Length];
        _second = new float[_models.Feature!.Length];
        LandmarksAndChip();
        FeatureChipOnly();
        SurroundingsOnly();
    }

    public static string PhotoPath { get; set; } =
        Environment.GetEnvironmentVariable("FACEID_BENCH_PHOTO") ?? "tests/photos/female_0.jpg";

    public void Encode() => _models.Encoder.Run(_workspace.Chip, _vector, _workspace.Encoder);

    public void LandmarksAndChip()
    {
        _models.Landmarks.Predict(_image, _face.Box, _points);
        FaceChip.Extract(_image, FaceChip.PlaceOf(_points), _workspace.Chip, _workspace.ChipScratch);
    }

    /// <summary>The second network's answer to one picture, without its mirror image.</summary>
    public void Feature()
    {
        fixed (byte* chip = _featureChip)
        {
            _models.Feature!.RunPlain(chip, _second, _workspace.Mobile);
        }
    }

    /// <summary>From the photo and the five points to the template: two chips, both networks, each with the mirror image.</summary>
    public FaceTemplate Template()
    {
        FaceChip.Extract(_image, FaceChip.PlaceOf(_points), _workspace.Chip, _workspace.ChipScratch);
        _models.Encoder.Run(_workspace.Chip, _vector, _workspace.Encoder);
        Pixels.Mirror(new PixelView(_workspace.Chip, FaceChip.Side, FaceChip.Side));
        _models.Encoder.Run(_workspace.Chip, _mirrored, _workspace.Encoder);
        FeatureChipOnly();
        fixed (byte* chip = _featureChip)
        {
            _models.Feature!.Run(chip, _second, _workspace.Mobile);
        }

        return _models.Fusion.Fuse(_vector, _mirrored, _second);
    }

    /// <summary>The passive liveness network's answer to one picture.</summary>
    public float Passive()
    {
        fixed (byte* picture = _surroundings)
        {
            return _models.Liveness!.Score(picture, _workspace.Mobile);
        }
    }

    /// <summary>The same with the cutting out of the picture, as a frame of a session costs it.</summary>
    public float PassiveOfPhoto()
    {
        SurroundingsOnly();
        return Passive();
    }

    public void DetectThorough() => _models.Scanner.ScanAll(_image, _workspace.Scan, CancellationToken.None);

    /// <summary>As for verification: faces of at least five sixths of the largest.</summary>
    public void DetectCoarse() => _models.Scanner.ScanCoarseToFine(_image, 0.84, _workspace.Scan, CancellationToken.None, out _);

    /// <summary>As for a list of faces: those of at least half the largest.</summary>
    public void DetectCoarseHalf() => _models.Scanner.ScanCoarseToFine(_image, 0.5, _workspace.Scan, CancellationToken.None, out _);

    /// <summary>From the file to dlib's vector.</summary>
    public PhotoAnalysis Pipeline(bool thorough) => Analyse(_dlibEngine, thorough);

    /// <summary>From the file to the template of both networks.</summary>
    public PhotoAnalysis PipelineToTemplate() => Analyse(_engine, thorough: false);

    public void Dispose()
    {
        _dlibEngine.Dispose();
        _engine.Dispose();
        _models.Dispose();
        _workspace.Dispose();
    }

    private static FaceEngine Engine(FaceEngineOptions options) => new(Options.Create(options), TimeProvider.System, NullLogger<FaceEngine>.Instance);

    private PhotoAnalysis Analyse(FaceEngine engine, bool thorough) =>
        engine.AnalyseAsync(_file, new AnalysisOptions(thorough, EncodeFaces.WhenSingle), CancellationToken.None).GetAwaiter().GetResult().Value;

    private void FeatureChipOnly()
    {
        fixed (byte* chip = _featureChip)
        {
            FeatureChip.Extract(_image, FeatureChip.PlaceOf(_points), chip, _workspace.ChipScratch);
        }
    }

    private void SurroundingsOnly()
    {
        fixed (byte* picture = _surroundings)
        {
            LivenessPicture.Extract(_image, LivenessPicture.PlaceOf(_face.Box, _image.Width, _image.Height), picture);
        }
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
