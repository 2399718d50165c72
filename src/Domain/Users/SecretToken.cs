using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace FaceId.Domain.Users;

/// <summary>
/// Random secrets of 256 bits that are shown once and stored as their SHA-256 only. Such a secret cannot be guessed, so a fast hash is
/// enough, and looking it up by its hash gives nothing away by timing.
/// </summary>
public static class SecretToken
{
    public const int Bytes = 32;

    /// <summary>No token is longer; what is can be refused unread.</summary>
    public const int MaxLength = 256;

    public static string New() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Bytes));

    public static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
