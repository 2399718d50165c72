using System.Buffers.Binary;
using System.Numerics.Tensors;
using FaceId.Domain.Faces;

namespace FaceId.Infrastructure.Faces.Fusion;

/// <summary>
/// Makes one template of both networks' vectors: each scaled to unit length, weighted, put one after the other, and turned so that the
/// directions in which people differ most come first; the first 128 are kept. The directions come from the file that <see cref="Fit"/> writes.
/// </summary>
internal sealed class TemplateFusion
{
    /// <summary>dlib's share of a squared distance; found on photos of people, see docs/accuracy.md.</summary>
    public const double DlibShare = 0.75;

    public const int Inputs = FaceModels.DlibLength + FaceModels.SecondLength;

    private const int FileLength = FaceTemplate.Length * (Inputs * HalfSize + sizeof(float));
    private const int HalfSize = 2;

    private static readonly float DlibWeight = (float)Math.Sqrt(DlibShare);
    private static readonly float SecondWeight = (float)Math.Sqrt(1 - DlibShare);

    private readonly float[] _directions;
    private readonly float[] _offsets;

    private TemplateFusion(float[] directions, float[] offsets) => (_directions, _offsets) = (directions, offsets);

    /// <summary>Reads the directions that this program ships.</summary>
    public static TemplateFusion Load()
    {
        using var stream = typeof(TemplateFusion).Assembly.GetManifestResourceStream("fusion-v1.bin")!;
        var file = new byte[FileLength];
        stream.ReadExactly(file);
        var directions = new float[FaceTemplate.Length * Inputs];
        for (var i = 0; i < directions.Length; i++)
        {
            directions[i] = (float)BinaryPrimitives.ReadHalfLittleEndian(file.AsSpan(i * HalfSize));
        }

        var offsets = new float[FaceTemplate.Length];
        for (var i = 0; i < offsets.Length; i++)
        {
            offsets[i] = BinaryPrimitives.ReadSingleLittleEndian(file.AsSpan(directions.Length * HalfSize + i * sizeof(float)));
        }

        return new TemplateFusion(directions, offsets);
    }

    /// <param name="dlib">What dlib's network says of the face.</param>
    /// <param name="mirrored">What it says of the face's mirror image.</param>
    /// <param name="second">What the second network says of both.</param>
    public FaceTemplate Fuse(ReadOnlySpan<float> dlib, ReadOnlySpan<float> mirrored, ReadOnlySpan<float> second)
    {
        Span<float> both = stackalloc float[Inputs];
        Join(dlib, mirrored, second, both);
        Span<sbyte> steps = stackalloc sbyte[FaceTemplate.Length];
        for (var i = 0; i < steps.Length; i++)
        {
            var number = TensorPrimitives.Dot(both, _directions.AsSpan(i * Inputs, Inputs)) + _offsets[i];
            steps[i] = (sbyte)Math.Clamp(MathF.Round(number * FaceTemplate.Steps), -sbyte.MaxValue, sbyte.MaxValue);
        }

        return new FaceTemplate(steps);
    }

    /// <summary>Finds the directions from the joined vectors of many people, a row for each person, and writes them as <see cref="Load"/> reads them.</summary>
    public static byte[] Fit(IReadOnlyList<float[]> people)
    {
        var (directions, offsets) = PrincipalDirections.Find(people, Inputs, FaceTemplate.Length);
        var file = new byte[FileLength];
        for (var i = 0; i < directions.Length; i++)
        {
            BinaryPrimitives.WriteHalfLittleEndian(file.AsSpan(i * HalfSize), (Half)directions[i]);
        }

        for (var i = 0; i < offsets.Length; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(file.AsSpan(directions.Length * HalfSize + i * sizeof(float)), (float)offsets[i]);
        }

        return file;
    }

    /// <summary>Both vectors one after the other, weighted.</summary>
    public static void Join(ReadOnlySpan<float> dlib, ReadOnlySpan<float> mirrored, ReadOnlySpan<float> second, Span<float> both)
    {
        var first = both[..FaceModels.DlibLength];
        Span<float> other = stackalloc float[FaceModels.DlibLength];
        Scale(dlib, 1, first);
        Scale(mirrored, 1, other);
        TensorPrimitives.Add(first, other, first);
        Scale(first, DlibWeight, first);
        Scale(second, SecondWeight, both[FaceModels.DlibLength..]);
    }

    private static void Scale(ReadOnlySpan<float> vector, float length, Span<float> scaled)
    {
        var norm = TensorPrimitives.Norm(vector);
        if (norm == 0)
        {
            throw new ArgumentException("A vector of zeros is no face.", nameof(vector));
        }

        TensorPrimitives.Multiply(vector, length / norm, scaled);
    }
}
