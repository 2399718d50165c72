using FaceId.Infrastructure.Faces.Dlib;

namespace FaceId.Infrastructure.Faces;

/// <summary>The three models, loaded.</summary>
internal sealed class FaceModelSet : IDisposable
{
    private const string EncoderFile = "dlib_face_recognition_resnet_model_v1.dat";
    private const string DetectorFile = "mmod_human_face_detector.dat";
    private const string LandmarksFile = "shape_predictor_5_face_landmarks.dat";

    private readonly MmodNetwork _detector;

    private FaceModelSet(FaceEncoder encoder, MmodModel detector, ShapePredictor landmarks)
    {
        Encoder = encoder;
        _detector = new MmodNetwork(detector);
        Scanner = new FaceScanner(detector, _detector);
        Landmarks = landmarks;
    }

    public FaceScanner Scanner { get; }

    public ShapePredictor Landmarks { get; }

    public FaceEncoder Encoder { get; }

    /// <summary>Reads the three files at the same time.</summary>
    /// <exception cref="FileNotFoundException">A file is missing; the message says how to get it.</exception>
    /// <exception cref="InvalidDataException">A file is not the expected model.</exception>
    public static async Task<FaceModelSet> LoadAsync(string folder, CancellationToken cancellationToken)
    {
        var encoder = Task.Run(() => new FaceEncoder(ResNetModel.From(DlibNetwork.Read(Read(folder, EncoderFile)))), cancellationToken);
        var detector = Task.Run(() => MmodModel.From(DlibNetwork.Read(Read(folder, DetectorFile))), cancellationToken);
        var landmarks = Task.Run(() => ShapePredictor.Read(Read(folder, LandmarksFile)), cancellationToken);
        return new FaceModelSet(await encoder, await detector, await landmarks);
    }

    /// <summary>Runs every stage once on a black picture, so that the first photo finds compiled code and warm caches.</summary>
    public unsafe void RunOnce(FaceWorkspace workspace)
    {
        new Span<byte>(workspace.Chip, FaceChip.Bytes).Clear();
        var picture = new PixelView(workspace.Chip, FaceChip.Side, FaceChip.Side);
        Scanner.ScanAll(picture, workspace.Pyramid);
        Span<PointD> points = stackalloc PointD[ShapePredictor.Points];
        Landmarks.Predict(picture, Rectangle.OfSize(FaceChip.Side, FaceChip.Side), points);
        Encoder.Encode(workspace.Chip, new float[FaceEncoder.Length]);
    }

    public void Dispose()
    {
        Encoder.Dispose();
        _detector.Dispose();
    }

    private static byte[] Read(string folder, string name)
    {
        var path = Path.Combine(folder, name);
        return File.Exists(path)
            ? File.ReadAllBytes(path)
            : throw new FileNotFoundException($"The face model '{path}' is missing. Run build/models.sh, or set FACEID_MODELS to its folder.", path);
    }
}
