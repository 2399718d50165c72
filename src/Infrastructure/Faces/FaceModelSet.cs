using FaceId.Infrastructure.Configuration;
using FaceId.Infrastructure.Faces.Dlib;
using FaceId.Infrastructure.Faces.Fusion;
using FaceId.Infrastructure.Faces.Mobile;
using FaceId.Infrastructure.Faces.Onnx;

namespace FaceId.Infrastructure.Faces;

/// <summary>The models, loaded: dlib's three and, unless they are switched off, the second opinion and passive liveness.</summary>
internal sealed class FaceModelSet : IDisposable
{
    private const string EncoderFile = "dlib_face_recognition_resnet_model_v1.dat";
    private const string DetectorFile = "mmod_human_face_detector.dat";
    private const string LandmarksFile = "shape_predictor_5_face_landmarks.dat";

    private readonly MmodNetwork _detector;

    private FaceModelSet(ResNetNetwork encoder, MmodModel detector, ShapePredictor landmarks, FeatureNetwork? feature, LivenessNetwork? liveness)
    {
        Encoder = encoder;
        _detector = new MmodNetwork(detector);
        Scanner = new FaceScanner(detector, _detector);
        Landmarks = landmarks;
        Feature = feature;
        Liveness = liveness;
    }

    public FaceScanner Scanner { get; }

    public ShapePredictor Landmarks { get; }

    public ResNetNetwork Encoder { get; }

    /// <summary>The second opinion; null when it is switched off.</summary>
    public FeatureNetwork? Feature { get; }

    /// <summary>Tells a face from a picture of one; null when it is switched off.</summary>
    public LivenessNetwork? Liveness { get; }

    /// <summary>Makes one template of both opinions.</summary>
    public TemplateFusion Fusion { get; } = TemplateFusion.Load();

    /// <summary>Reads the files at the same time.</summary>
    /// <exception cref="StartupException">A file is missing or damaged; the message says how to get it.</exception>
    public static async Task<FaceModelSet> LoadAsync(FaceEngineOptions options, CancellationToken cancellationToken)
    {
        var folder = options.ModelsFolder;
        var encoder = ModelFile.LoadAsync(folder, EncoderFile, file => new ResNetNetwork(ResNetModel.From(DlibNetwork.Read(file))), cancellationToken);
        var detector = ModelFile.LoadAsync(folder, DetectorFile, file => MmodModel.From(DlibNetwork.Read(file)), cancellationToken);
        var landmarks = ModelFile.LoadAsync(folder, LandmarksFile, file => ShapePredictor.Read(file), cancellationToken);
        var feature = options.SecondModel == SecondModel.Off
            ? Task.FromResult<FeatureNetwork?>(null)
            : ModelFile.LoadAsync<FeatureNetwork?>(folder, FeatureNetwork.File, file => new FeatureNetwork(OnnxGraph.Read(file)), cancellationToken);
        var liveness = options.PassiveLiveness == PassiveLiveness.Off
            ? Task.FromResult<LivenessNetwork?>(null)
            : ModelFile.LoadAsync<LivenessNetwork?>(folder, LivenessNetwork.File, file => new LivenessNetwork(OnnxGraph.Read(file)), cancellationToken);
        return new FaceModelSet(await encoder, await detector, await landmarks, await feature, await liveness);
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
        Feature?.Run(workspace.Chip, new float[Feature.Length], workspace.Mobile);
        Liveness?.Score(workspace.Chip, workspace.Mobile);
    }

    public void Dispose()
    {
        Encoder.Dispose();
        Feature?.Dispose();
        Liveness?.Dispose();
        _detector.Dispose();
    }
}
