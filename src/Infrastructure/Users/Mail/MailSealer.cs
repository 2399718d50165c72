using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using FaceId.Infrastructure.Configuration;

namespace FaceId.Infrastructure.Users.Mail;

/// <summary>
/// Encrypts what a mail says: version (1 byte), key id (4, big-endian), nonce (12), AES-256-GCM ciphertext, tag (16). The row's
/// dedupe key is authenticated with it, so that the content of one mail does not open in the row of another.
/// </summary>
internal sealed class MailSealer(MasterKey masterKey) : IDisposable
{
    private const byte Version = 1;
    private const int NonceOffset = 1 + sizeof(uint);
    private const int NonceLength = 12;
    private const int CipherOffset = NonceOffset + NonceLength;
    private const int TagLength = 16;
    private const int Overhead = CipherOffset + TagLength;

    private readonly byte[] _key = masterKey.Derive("users/outgoing-mail/v1", 32);

    public byte[] Seal(MailContent content, string dedupeKey)
    {
        var plain = JsonSerializer.SerializeToUtf8Bytes(content);
        var sealedBytes = new byte[Overhead + plain.Length];
        sealedBytes[0] = Version;
        BinaryPrimitives.WriteUInt32BigEndian(sealedBytes.AsSpan(1), masterKey.KeyId);
        var nonce = sealedBytes.AsSpan(NonceOffset, NonceLength);
        RandomNumberGenerator.Fill(nonce);
        using var cipher = new AesGcm(_key, TagLength);
        cipher.Encrypt(nonce, plain, sealedBytes.AsSpan(CipherOffset, plain.Length), sealedBytes.AsSpan(^TagLength..), Encoding.UTF8.GetBytes(dedupeKey));
        CryptographicOperations.ZeroMemory(plain);
        return sealedBytes;
    }

    /// <exception cref="CryptographicException">It was sealed with another key, for another row, or was changed.</exception>
    public MailContent Open(byte[] sealedBytes, string dedupeKey)
    {
        if (sealedBytes is not [Version, ..] || sealedBytes.Length < Overhead)
        {
            throw new CryptographicException("These bytes are no sealed mail.");
        }

        var plain = new byte[sealedBytes.Length - Overhead];
        using var cipher = new AesGcm(_key, TagLength);
        cipher.Decrypt(
            sealedBytes.AsSpan(NonceOffset, NonceLength), sealedBytes.AsSpan(CipherOffset, plain.Length), sealedBytes.AsSpan(^TagLength..),
            plain, Encoding.UTF8.GetBytes(dedupeKey));
        try
        {
            return JsonSerializer.Deserialize<MailContent>(plain)!;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(_key);
}
