using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using FaceId.Infrastructure.Configuration;

namespace FaceId.Infrastructure.Security;

/// <summary>
/// Seals bytes for the database with a key of one purpose: version (1 byte), key id (4, big-endian), nonce (12), AES-256-GCM
/// ciphertext, tag (16). What they belong to is authenticated with them, so that a value moved to another row does not open.
/// Serves any number of threads.
/// </summary>
internal sealed class SealedEnvelope(MasterKey masterKey, string purpose) : IDisposable
{
    public const byte Version = 1;
    public const int Overhead = CipherOffset + TagLength;

    private const int KeyIdOffset = 1;
    private const int NonceOffset = KeyIdOffset + sizeof(uint);
    private const int NonceLength = 12;
    private const int CipherOffset = NonceOffset + NonceLength;
    private const int TagLength = 16;

    private readonly uint _keyId = masterKey.KeyId;
    private readonly byte[] _key = masterKey.Derive(purpose, 32);

    // A cipher serves one caller at a time.
    private readonly ConcurrentBag<AesGcm> _ciphers = [];

    /// <summary>Whether bytes have the form of an envelope; whether it opens is another question.</summary>
    public static bool IsEnvelope(ReadOnlySpan<byte> bytes) => bytes is [Version, ..] && bytes.Length >= Overhead;

    /// <param name="owner">What the bytes belong to; needed again to open them.</param>
    public byte[] Seal(ReadOnlySpan<byte> plain, ReadOnlySpan<byte> owner)
    {
        var envelope = new byte[Overhead + plain.Length];
        envelope[0] = Version;
        BinaryPrimitives.WriteUInt32BigEndian(envelope.AsSpan(KeyIdOffset), _keyId);
        var nonce = envelope.AsSpan(NonceOffset, NonceLength);
        RandomNumberGenerator.Fill(nonce);
        var cipher = TakeCipher();
        cipher.Encrypt(nonce, plain, envelope.AsSpan(CipherOffset, plain.Length), envelope.AsSpan(^TagLength..), owner);
        _ciphers.Add(cipher);
        return envelope;
    }

    /// <param name="plain">As long as the envelope less <see cref="Overhead"/>; the caller clears it.</param>
    /// <exception cref="EnvelopeException">It was sealed by another key, for another owner, or was changed.</exception>
    public void Open(ReadOnlySpan<byte> envelope, Span<byte> plain, ReadOnlySpan<byte> owner)
    {
        if (!IsEnvelope(envelope))
        {
            throw new EnvelopeException("it is no envelope of this program");
        }

        var keyId = BinaryPrimitives.ReadUInt32BigEndian(envelope[KeyIdOffset..]);
        if (keyId != _keyId)
        {
            throw new EnvelopeException($"it was encrypted with key {keyId:x8}, and this server has key {_keyId:x8}: give it the right FACEID_KEY");
        }

        var cipher = TakeCipher();
        try
        {
            cipher.Decrypt(envelope.Slice(NonceOffset, NonceLength), envelope.Slice(CipherOffset, plain.Length), envelope[^TagLength..], plain, owner);
        }
        catch (AuthenticationTagMismatchException exception)
        {
            throw new EnvelopeException("it was changed, or belongs to somebody else: restore it from a backup or delete it", exception);
        }
        finally
        {
            _ciphers.Add(cipher);
        }
    }

    /// <inheritdoc cref="Open(ReadOnlySpan{byte}, Span{byte}, ReadOnlySpan{byte})"/>
    public byte[] Open(ReadOnlySpan<byte> envelope, ReadOnlySpan<byte> owner)
    {
        var plain = new byte[Math.Max(0, envelope.Length - Overhead)];
        Open(envelope, plain, owner);
        return plain;
    }

    public void Dispose()
    {
        foreach (var cipher in _ciphers)
        {
            cipher.Dispose();
        }

        CryptographicOperations.ZeroMemory(_key);
    }

    private AesGcm TakeCipher() => _ciphers.TryTake(out var cipher) ? cipher : new AesGcm(_key, TagLength);
}

/// <summary>An envelope does not open. The message is the end of a sentence that says why and what to do, and carries none of its bytes.</summary>
internal sealed class EnvelopeException(string message, Exception? inner = null) : CryptographicException(message, inner);
