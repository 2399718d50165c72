using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using FaceId.Infrastructure.Configuration;

namespace FaceId.Infrastructure.Security;

/// <summary>
/// Seals bytes for the database with a key of one purpose, taken from the master key in force, and opens what old ones sealed: version (1 byte), key id (4, big-endian), nonce (12), AES-256-GCM
/// ciphertext, tag (16). What they belong to is authenticated with them, so that a value moved to another row does not open.
/// Serves any number of threads.
/// </summary>
internal sealed class SealedEnvelope(MasterKeys masterKeys, SealedKind kind) : IDisposable
{
    public const byte Version = 1;
    public const int Overhead = CipherOffset + TagLength;

    /// <summary>Bytes that say how an envelope was sealed: version and key id.</summary>
    public const int HeaderLength = KeyIdOffset + sizeof(uint);

    private const int KeyLength = 32;
    private const int KeyIdOffset = 1;
    private const int NonceOffset = HeaderLength;
    private const int NonceLength = 12;
    private const int CipherOffset = NonceOffset + NonceLength;
    private const int TagLength = 16;

    private readonly ConcurrentDictionary<uint, KeyInUse> _keys = [];

    /// <summary>Whether bytes have the form of an envelope; whether it opens is another question.</summary>
    public static bool IsEnvelope(ReadOnlySpan<byte> bytes) => bytes is [Version, ..] && bytes.Length >= Overhead;

    /// <param name="owner">What the bytes belong to; needed again to open them.</param>
    public byte[] Seal(ReadOnlySpan<byte> plain, ReadOnlySpan<byte> owner) => Seal(plain, owner, masterKeys.Current);

    /// <param name="masterKey">The key in force, when the caller has looked already.</param>
    public byte[] Seal(ReadOnlySpan<byte> plain, ReadOnlySpan<byte> owner, MasterKey masterKey)
    {
        var key = Of(masterKey);
        var envelope = new byte[Overhead + plain.Length];
        Header(masterKey.KeyId, envelope);
        var nonce = envelope.AsSpan(NonceOffset, NonceLength);
        RandomNumberGenerator.Fill(nonce);
        var cipher = key.TakeCipher();
        cipher.Encrypt(nonce, plain, envelope.AsSpan(CipherOffset, plain.Length), envelope.AsSpan(^TagLength..), owner);
        key.Return(cipher);
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
        if (masterKeys.Find(keyId) is not { } masterKey)
        {
            throw new EnvelopeException(
                $"it was encrypted with key {keyId:x8}, and this server has key {masterKeys.Current.KeyId:x8}: give it the right FACEID_KEY, or the old one in FACEID_KEY_OLD");
        }

        var key = Of(masterKey);
        var cipher = key.TakeCipher();
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
            key.Return(cipher);
        }
    }

    /// <inheritdoc cref="Open(ReadOnlySpan{byte}, Span{byte}, ReadOnlySpan{byte})"/>
    public byte[] Open(ReadOnlySpan<byte> envelope, ReadOnlySpan<byte> owner)
    {
        var plain = new byte[Math.Max(0, envelope.Length - Overhead)];
        Open(envelope, plain, owner);
        return plain;
    }

    /// <summary>The same content, sealed by the master key in force.</summary>
    /// <inheritdoc cref="Open(ReadOnlySpan{byte}, Span{byte}, ReadOnlySpan{byte})"/>
    public byte[] SealAnew(ReadOnlySpan<byte> envelope, ReadOnlySpan<byte> owner)
    {
        var plain = Open(envelope, owner);
        try
        {
            return Seal(plain, owner);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    /// <summary>What an envelope begins with that a master key seals.</summary>
    public static byte[] HeaderOf(MasterKey key)
    {
        var header = new byte[HeaderLength];
        Header(key.KeyId, header);
        return header;
    }

    public void Dispose()
    {
        foreach (var key in _keys.Values)
        {
            key.Dispose();
        }
    }

    private static void Header(uint keyId, Span<byte> envelope)
    {
        envelope[0] = Version;
        BinaryPrimitives.WriteUInt32BigEndian(envelope[KeyIdOffset..], keyId);
    }

    private KeyInUse Of(MasterKey masterKey) =>
        _keys.GetOrAdd(masterKey.KeyId, static (_, by) => new KeyInUse(by.masterKey.Derive(by.Purpose, KeyLength)), (masterKey, kind.Purpose));

    private sealed class KeyInUse(byte[] key) : IDisposable
    {
        // A cipher serves one caller at a time.
        private readonly ConcurrentBag<AesGcm> _ciphers = [];

        public AesGcm TakeCipher() => _ciphers.TryTake(out var cipher) ? cipher : new AesGcm(key, TagLength);

        public void Return(AesGcm cipher) => _ciphers.Add(cipher);

        public void Dispose()
        {
            foreach (var cipher in _ciphers)
            {
                cipher.Dispose();
            }

            CryptographicOperations.ZeroMemory(key);
        }
    }
}

/// <summary>An envelope does not open. The message is the end of a sentence that says why and what to do, and carries none of its bytes.</summary>
internal sealed class EnvelopeException(string message, Exception? inner = null) : CryptographicException(message, inner);
