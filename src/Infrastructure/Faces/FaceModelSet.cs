using FaceId.Infrastructure.Configuration;
using FaceId.Infrastructure.Faces.Dlib;

namespace FaceId.Infrastructure.Faces;

/// <summary>The three models, loaded.</summary>
internal sealed class FaceModelSet : IDisposable
{
    private const string EncoderFile = "dlib_face_recognition_resnet_model_v1.dat";
    private const string DetectorFile = "mmod_human_face_detector.dat";
    private const string LandmarksFile = "shape_predictor_5_face_landmarks.dat";

    private readonly MmodNetwork _detector;

    private FaceModelSet(ResNetNetwork encoder, MmodModel detector, ShapePredictor landmarks)
    {
        Encoder = encoder;
        _detector = new MmodNetwork(detector);
        Scanner = new FaceScanner(detector, _detector);
        Landmarks = landmarks;
    }

    public FaceScanner Scanner { get; }

    public ShapePredictor Landmarks { get; }

    public ResNetNetwork Encoder { get; }

    /// <summary>Reads the three files at the same time.</summary>
    /// <exception cref="StartupException">A file is missing or damaged; the message says how to get it.</exception>
    public static async Task<FaceModelSet> LoadAsync(string folder, CancellationToken cancellationToken)
    {
        var encoder = LoadAsync(folder, EncoderFile, file => new ResNetNetwork(ResNetModel.From(DlibNetwork.Read(file))), cancellationToken);
        var detector = LoadAsync(folder, DetectorFile, file => MmodModel.From(DlibNetwork.Read(file)), cancellationToken);
        var landmarks = LoadAsync(folder, LandmarksFile, file => ShapePredictor.Read(file), cancellationToken);
        return new FaceModelSet(await encoder, await detector, await landmarks);
    }

    /// <summary>Runs every stage once on a black picture, so that the first photo finds compiled code and warm caches.</summary>
    public unsafe void RunOnce(FaceWorkspace workspace)
    {
        new Span<byte>(workspace.Chip, FaceChip.Bytes).Clear();
        var picture = new PixelView(workspace.Chip, FaceChip.Side, FaceChip.Side);
        Scanner.ScanAll(picture, workspace.Scan, CancellationToken.None);
        Span<PointD> points = stackalloc PointD[ShapePredictor.Points];
        Landmarks.Predict(picture, Rectangle.OfSize(FaceChip.Side, FaceChip.Side), points);
        Encoder.Run(workspace.Chip, new float[Encoder.Length], workspace.Encoder);
    }

    public void Dispose()
    {
        Encoder.Dispose();
        _detector.Dispose();
    }

    private static Task<T> LoadAsync<T>(string folder, string name, Func<byte[], T> read, CancellationToken cancellationToken) => Task.Run(
        () =>
        {
            var path = Path.Combine(folder, name);
            if (!File.Exists(path))
            {
                throw new StartupException($"The face model '{path}' is missing. Run build/models.sh, or set FACEID_MODELS to its folder.");
            }

            try
            {
                return read(File.ReadAllBytes(path));
            }
            catch (InvalidDataException exception)
            {
                throw new StartupException($"The face model '{path}' is damaged: {exception.Message} Delete it and run build/models.sh.", exception);
            }
        },
        cancellationToken);
}
