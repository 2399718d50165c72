using System.Buffers.Binary;
using System.Security.Cryptography;
using FaceId.Application.Faces;
using FaceId.Domain.Faces;
using FaceId.Infrastructure.Configuration;
using FaceId.Infrastructure.Security;

namespace FaceId.Infrastructure.Recognition;

/// <summary>
/// Seals vectors in a <see cref="SealedEnvelope"/> of their float32 numbers (little-endian) that belongs to the row's user id
/// (4 bytes, big-endian). Also reads the plain rows of dlib, face_recognition and numpy.
/// </summary>
internal sealed class TemplateVault(MasterKeys masterKeys) : ITemplateVault, IDisposable
{
    private const int PlainFloatLength = FaceModels.DlibLength * sizeof(float);
    private const int PlainDoubleLength = FaceModels.DlibLength * sizeof(double);

    private readonly SealedEnvelope _envelope = new(masterKeys, SealedData.Templates);

    public byte[] Seal(FaceVector vector, int userId)
    {
        var values = vector.Values.Span;
        Span<byte> plain = stackalloc byte[values.Length * sizeof(float)];
        WriteSingles(values, plain);
        var envelope = _envelope.Seal(plain, Owner(stackalloc byte[sizeof(int)], userId));
        CryptographicOperations.ZeroMemory(plain);
        return envelope;
    }

    public FaceVector Open(byte[] stored, string model, int userId) => stored switch
    {
        { Length: PlainFloatLength } => Vector(model, ReadSingles(stored)),
        { Length: PlainDoubleLength } => Vector(model, ReadDoubles(stored)),
        [SealedEnvelope.Version, ..] when stored.Length > SealedEnvelope.Overhead && (stored.Length - SealedEnvelope.Overhead) % sizeof(float) == 0 =>
            OpenEnvelope(stored, model, userId),
        _ => throw new TemplateUnreadableException(
            $"A stored face of user {userId} has {stored.Length} bytes, which is neither {PlainFloatLength} (float32), {PlainDoubleLength} (float64) nor an envelope of this program."),
    };

    public void Dispose() => _envelope.Dispose();

    private FaceVector OpenEnvelope(byte[] stored, string model, int userId)
    {
        Span<byte> plain = stackalloc byte[stored.Length - SealedEnvelope.Overhead];
        try
        {
            _envelope.Open(stored, plain, Owner(stackalloc byte[sizeof(int)], userId));
            return Vector(model, ReadSingles(plain));
        }
        catch (EnvelopeException exception)
        {
            throw new TemplateUnreadableException($"A stored face of user {userId} cannot be opened: {exception.Message}.", exception);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    private static Span<byte> Owner(Span<byte> bytes, int userId)
    {
        BinaryPrimitives.WriteInt32BigEndian(bytes, userId);
        return bytes;
    }

    private static FaceVector Vector(string model, float[] values)
    {
        try
        {
            return new FaceVector(model, values);
        }
        catch (ArgumentException exception)
        {
            throw new TemplateUnreadableException("A stored face holds numbers that are not finite: delete it and enrol again.", exception);
        }
    }

    private static void WriteSingles(ReadOnlySpan<float> values, Span<byte> bytes)
    {
        for (var i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes[(i * sizeof(float))..], values[i]);
        }
    }

    private static float[] ReadSingles(ReadOnlySpan<byte> bytes)
    {
        var values = new float[bytes.Length / sizeof(float)];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = BinaryPrimitives.ReadSingleLittleEndian(bytes[(i * sizeof(float))..]);
        }

        return values;
    }

    private static float[] ReadDoubles(ReadOnlySpan<byte> bytes)
    {
        var values = new float[bytes.Length / sizeof(double)];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = (float)BinaryPrimitives.ReadDoubleLittleEndian(bytes[(i * sizeof(double))..]);
        }

        return values;
    }
}
