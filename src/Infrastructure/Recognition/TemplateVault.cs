using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using FaceId.Application.Faces;
using FaceId.Domain.Faces;
using FaceId.Infrastructure.Configuration;
using FaceId.Infrastructure.Security;

namespace FaceId.Infrastructure.Recognition;

/// <summary>
/// Seals dlib's vector as float32, the second network's as float16 (its last digits are noise) and templates as they are, all
/// little-endian, each in a <see cref="SealedEnvelope"/> of its own kind that belongs to the row's user id (4 bytes, big-endian).
/// Also reads the plain rows of dlib, face_recognition and numpy.
/// </summary>
internal sealed class TemplateVault(MasterKeys masterKeys) : ITemplateVault, IDisposable
{
    private const int PlainFloatLength = FaceModels.DlibLength * sizeof(float);
    private const int PlainDoubleLength = FaceModels.DlibLength * sizeof(double);
    private const int HalfSize = 2;

    private readonly SealedEnvelope _encodings = new(masterKeys, SealedData.Encodings);
    private readonly SealedEnvelope _seconds = new(masterKeys, SealedData.SecondEncodings);
    private readonly SealedEnvelope _templates = new(masterKeys, SealedData.Templates);

    public SealedFace Seal(FaceOpinions face, int userId) => Seal(face, userId, masterKeys.Current);

    public SealedFace[] Seal(IReadOnlyList<(FaceOpinions Face, int UserId)> faces, CancellationToken cancellationToken)
    {
        // To look at the key file for each would take longer than all the rest.
        var key = masterKeys.Current;
        var result = new SealedFace[faces.Count];
        Parallel.For(0, result.Length, new ParallelOptions { CancellationToken = cancellationToken }, i => result[i] = Seal(faces[i].Face, faces[i].UserId, key));
        return result;
    }

    public FaceVector OpenEncoding(ReadOnlySpan<byte> stored, string model, int userId) => stored switch
    {
        { Length: PlainFloatLength } => Vector(model, ReadSingles(stored)),
        { Length: PlainDoubleLength } => Vector(model, ReadDoubles(stored)),
        [SealedEnvelope.Version, ..] when stored.Length == SealedEnvelope.Overhead + PlainFloatLength =>
            Open(_encodings, stored, userId, plain => Vector(model, ReadSingles(plain))),
        _ => throw new TemplateUnreadableException(
            $"A stored face of user {userId} has {stored.Length} bytes, which is neither {PlainFloatLength} (float32), {PlainDoubleLength} (float64) nor an envelope of this program."),
    };

    public FaceVector OpenSecond(ReadOnlySpan<byte> stored, string model, int userId) =>
        Open(_seconds, stored, userId, plain => Vector(model, ReadHalves(plain)));

    public FaceTemplate OpenTemplate(ReadOnlySpan<byte> stored, int userId) =>
        Open(_templates, stored, userId, plain => Template(MemoryMarshal.Cast<byte, sbyte>(plain)));

    public void Dispose()
    {
        _encodings.Dispose();
        _seconds.Dispose();
        _templates.Dispose();
    }

    internal byte[] SealEncoding(FaceVector vector, int userId) => SealEncoding(vector, userId, masterKeys.Current);

    private SealedFace Seal(FaceOpinions face, int userId, MasterKey key) => new(
        SealEncoding(face.Dlib, userId, key),
        face.Dlib.Model,
        face.Second is { } second ? new SealedVector(SealSecond(second, userId, key), second.Model) : null,
        face.Template is { } template
            ? new SealedVector(_templates.Seal(MemoryMarshal.AsBytes(template.InSteps), Owner(stackalloc byte[sizeof(int)], userId), key), FaceModels.Fused)
            : null);

    private byte[] SealEncoding(FaceVector vector, int userId, MasterKey key)
    {
        var values = vector.Values.Span;
        Span<byte> plain = stackalloc byte[values.Length * sizeof(float)];
        WriteSingles(values, plain);
        var envelope = _encodings.Seal(plain, Owner(stackalloc byte[sizeof(int)], userId), key);
        CryptographicOperations.ZeroMemory(plain);
        return envelope;
    }

    private byte[] SealSecond(FaceVector vector, int userId, MasterKey key)
    {
        var values = vector.Values.Span;
        Span<byte> plain = stackalloc byte[values.Length * HalfSize];
        for (var i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteHalfLittleEndian(plain[(i * HalfSize)..], (Half)values[i]);
        }

        var envelope = _seconds.Seal(plain, Owner(stackalloc byte[sizeof(int)], userId), key);
        CryptographicOperations.ZeroMemory(plain);
        return envelope;
    }

    private static T Open<T>(SealedEnvelope envelope, ReadOnlySpan<byte> stored, int userId, Func<ReadOnlySpan<byte>, T> read)
    {
        Span<byte> plain = stackalloc byte[FaceModels.SecondLength * sizeof(float)];
        if (stored.Length <= SealedEnvelope.Overhead || stored.Length - SealedEnvelope.Overhead > plain.Length)
        {
            throw new TemplateUnreadableException($"A stored face of user {userId} has {stored.Length} bytes, which no envelope of this program has.");
        }

        plain = plain[..(stored.Length - SealedEnvelope.Overhead)];
        try
        {
            envelope.Open(stored, plain, Owner(stackalloc byte[sizeof(int)], userId));
            return read(plain);
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

    private static FaceTemplate Template(ReadOnlySpan<sbyte> steps)
    {
        try
        {
            return new FaceTemplate(steps);
        }
        catch (ArgumentException exception)
        {
            throw new TemplateUnreadableException("A stored face holds no template: delete it and enrol again.", exception);
        }
    }

    private static Span<byte> Owner(Span<byte> bytes, int userId)
    {
        BinaryPrimitives.WriteInt32BigEndian(bytes, userId);
        return bytes;
    }

    private static FaceVector Vector(string model, float[] values)
    {
        if (!values.AsSpan().ContainsAnyExcept(0f))
        {
            throw new TemplateUnreadableException("A stored face holds only zeros: delete it and enrol again.");
        }

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

    private static float[] ReadHalves(ReadOnlySpan<byte> bytes)
    {
        var values = new float[bytes.Length / HalfSize];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = (float)BinaryPrimitives.ReadHalfLittleEndian(bytes[(i * HalfSize)..]);
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
