using FaceId.Infrastructure.Faces.Onnx;

namespace FaceId.Infrastructure.Faces.Mobile;

/// <summary>Tells a face from a picture of one: fr_liveness.onnx of faceplugin-face-recognition-js.</summary>
/// <remarks>
/// Colours go in from 0 to 255 as they are. The first of the three probabilities is the one that the package answers as its liveness score.
/// What it is worth: docs/accuracy.md, "A passive model".
/// </remarks>
internal sealed unsafe class LivenessNetwork : IDisposable
{
    /// <summary>The file in the models folder.</summary>
    public const string File = "fr_liveness.onnx";

    /// <summary>Rows and columns of the picture.</summary>
    public const int Side = 128;

    /// <summary>How many kinds of pictures it tells apart.</summary>
    public const int Kinds = 3;

    private readonly MobileNetwork _network;

    public LivenessNetwork(OnnxGraph graph)
    {
        _network = new MobileNetwork(MobileModel.From(graph), Side, middle: 0, range: 1);
        if (_network.Length != Kinds)
        {
            throw new InvalidDataException($"The network is not the expected one: it tells {_network.Length} kinds apart.");
        }
    }

    /// <returns>The probability that the picture shows a living face, as the network sees it.</returns>
    public float Score(byte* picture, MobileWorkspace workspace)
    {
        Span<float> probabilities = stackalloc float[Kinds];
        Run(picture, probabilities, workspace);
        return probabilities[0];
    }

    /// <param name="picture">128x128 pixels of four bytes; see <see cref="LivenessPicture"/>.</param>
    /// <param name="probabilities">Receives <see cref="Kinds"/> numbers whose sum is 1.</param>
    public void Run(byte* picture, Span<float> probabilities, MobileWorkspace workspace)
    {
        RunPlain(picture, probabilities, workspace);
        var largest = Math.Max(probabilities[0], Math.Max(probabilities[1], probabilities[2]));
        var sum = 0f;
        foreach (ref var value in probabilities[..Kinds])
        {
            value = MathF.Exp(value - largest);
            sum += value;
        }

        foreach (ref var value in probabilities[..Kinds])
        {
            value /= sum;
        }
    }

    /// <summary>The network's answer before it becomes probabilities.</summary>
    public void RunPlain(byte* picture, Span<float> answers, MobileWorkspace workspace) => _network.Run(picture, answers[..Kinds], workspace);

    public void Dispose() => _network.Dispose();
}
