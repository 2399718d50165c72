using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using FaceId.Application.Faces;
using FaceId.Domain.Faces;
using FaceId.Infrastructure.Configuration;

namespace FaceId.Infrastructure.Recognition;

/// <summary>
/// Seals vectors in an envelope: version (1 byte), key id (4, big-endian), nonce (12), AES-256-GCM ciphertext of the float32
/// numbers (little-endian), tag (16). The row's user id (4 bytes, big-endian) is authenticated with it, so that a template
/// moved to another person does not open. Also reads the plain rows of dlib, face_recognition and numpy.
/// </summary>
internal sealed class TemplateVault : ITemplateVault, IDisposable
{
    private const byte Version = 1;
    private const int KeyIdOffset = 1;
    private const int NonceOffset = KeyIdOffset + sizeof(uint);
    private const int NonceLength = 12;
    private const int CipherOffset = NonceOffset + NonceLength;
    private const int TagLength = 16;
    private const int Overhead = CipherOffset + TagLength;

    private const int PlainFloatLength = FaceModels.DlibLength * sizeof(float);
    private const int PlainDoubleLength = FaceModels.DlibLength * sizeof(double);

    private readonly uint _keyId;
    private readonly byte[] _key;

    // A cipher serves one caller at a time.
    private readonly ConcurrentBag<AesGcm> _ciphers = [];

    public TemplateVault(MasterKey masterKey)
    {
        _keyId = masterKey.KeyId;
        _key = masterKey.Derive("faces/encoding/v1", 32);
    }

    public byte[] Seal(FaceVector vector, int userId)
    {
        var plain = vector.Values.Span;
        var envelope = new byte[Overhead + plain.Length * sizeof(float)];
        envelope[0] = Version;
        BinaryPrimitives.WriteUInt32BigEndian(envelope.AsSpan(KeyIdOffset), _keyId);
        var nonce = envelope.AsSpan(NonceOffset, NonceLength);
        RandomNumberGenerator.Fill(nonce);

        Span<byte> owner = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(owner, userId);
        Span<byte> bytes = stackalloc byte[plain.Length * sizeof(float)];
        WriteSingles(plain, bytes);
        var cipher = TakeCipher();
        cipher.Encrypt(nonce, bytes, envelope.AsSpan(CipherOffset, bytes.Length), envelope.AsSpan(^TagLength..), owner);
        _ciphers.Add(cipher);
        CryptographicOperations.ZeroMemory(bytes);
        return envelope;
    }

    public FaceVector Open(byte[] stored, string model, int userId) => stored switch
    {
        { Length: PlainFloatLength } => Vector(model, ReadSingles(stored)),
        { Length: PlainDoubleLength } => Vector(model, ReadDoubles(stored)),
        [Version, ..] when stored.Length > Overhead && (stored.Length - Overhead) % sizeof(float) == 0 => OpenEnvelope(stored, model, userId),
        _ => throw new TemplateUnreadableException(
            $"A stored face of user {userId} has {stored.Length} bytes, which is neither {PlainFloatLength} (float32), {PlainDoubleLength} (float64) nor an envelope of this program."),
    };

    public void Dispose()
    {
        foreach (var cipher in _ciphers)
        {
            cipher.Dispose();
        }

        CryptographicOperations.ZeroMemory(_key);
    }

    private AesGcm TakeCipher() => _ciphers.TryTake(out var cipher) ? cipher : new AesGcm(_key, TagLength);

    private FaceVector OpenEnvelope(byte[] stored, string model, int userId)
    {
        var keyId = BinaryPrimitives.ReadUInt32BigEndian(stored.AsSpan(KeyIdOffset));
        if (keyId != _keyId)
        {
            throw new TemplateUnreadableException(
                $"A stored face of user {userId} was encrypted with key {keyId:x8}, and this server has key {_keyId:x8}: give it the right FACEID_KEY.");
        }

        Span<byte> owner = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(owner, userId);
        Span<byte> plain = stackalloc byte[stored.Length - Overhead];
        var cipher = TakeCipher();
        try
        {
            cipher.Decrypt(
                stored.AsSpan(NonceOffset, NonceLength), stored.AsSpan(CipherOffset, plain.Length), stored.AsSpan(^TagLength..), plain, owner);
            return Vector(model, ReadSingles(plain));
        }
        catch (AuthenticationTagMismatchException exception)
        {
            throw new TemplateUnreadableException(
                $"A stored face of user {userId} was changed, or belongs to somebody else: restore it from a backup or delete it.", exception);
        }
        finally
        {
            _ciphers.Add(cipher);
            CryptographicOperations.ZeroMemory(plain);
        }
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
