using FaceId.Domain.Faces;
using FaceId.Infrastructure.Faces.Onnx;

namespace FaceId.Infrastructure.Faces.Mobile;

/// <summary>The second opinion on a face: fr_feature.onnx of faceplugin-face-recognition-js, averaged with the mirror image.</summary>
internal sealed unsafe class FeatureNetwork : IDisposable
{
    /// <summary>The file in the models folder.</summary>
    public const string File = "fr_feature.onnx";

    private const float Middle = 127;
    private const float Range = 128;

    private readonly MobileNetwork _network;

    public FeatureNetwork(OnnxGraph graph)
    {
        _network = new MobileNetwork(MobileModel.From(graph), FeatureChip.Side, Middle, Range);
        if (_network.Length != FaceModels.SecondLength)
        {
            throw new InvalidDataException($"The network is not the expected one: it gives {_network.Length} numbers.");
        }
    }

    /// <summary>How many numbers a vector has.</summary>
    public int Length => _network.Length;

    /// <summary>The mean of the unit-length answers to the chip and to its mirror image, of unit length itself.</summary>
    /// <param name="chip">112x112 pixels of four bytes; see <see cref="FeatureChip"/>.</param>
    /// <param name="vector">Receives <see cref="Length"/> numbers.</param>
    public void Run(byte* chip, Span<float> vector, MobileWorkspace workspace)
    {
        Span<float> both = stackalloc float[2 * Length];
        _network.Run(chip, both, workspace);
        Span<float> original = both[..Length], mirrored = both[Length..];
        double ofOriginal = Norm(original), ofMirrored = Norm(mirrored);
        for (var i = 0; i < vector.Length; i++)
        {
            vector[i] = (float)(original[i] / ofOriginal + mirrored[i] / ofMirrored);
        }

        var norm = Norm(vector);
        for (var i = 0; i < vector.Length; i++)
        {
            vector[i] = (float)(vector[i] / norm);
        }
    }

    /// <summary>The network's plain answer to the chip, and, when there is room, to its mirror image.</summary>
    public void RunPlain(byte* chip, Span<float> answers, MobileWorkspace workspace) => _network.Run(chip, answers, workspace);

    public void Dispose() => _network.Dispose();

    private static double Norm(ReadOnlySpan<float> values)
    {
        var sum = 0.0;
        foreach (double value in values)
        {
            sum += value * value;
        }

        return Math.Sqrt(sum);
    }
}
