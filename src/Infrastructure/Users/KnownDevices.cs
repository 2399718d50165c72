using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using FaceId.Application.Users.SignIn;
using FaceId.Infrastructure.Configuration;

namespace FaceId.Infrastructure.Users;

/// <summary>A random id and a MAC over it and the account, so nothing about devices is stored.</summary>
internal sealed class KnownDevices(MasterKey masterKey) : IKnownDevices, IDisposable
{
    private const int IdLength = 16;
    private const int MacLength = 32;

    private readonly byte[] _key = masterKey.Derive("users/known-device/v1", 32);

    public string Issue(int userId)
    {
        Span<byte> token = stackalloc byte[IdLength + MacLength];
        RandomNumberGenerator.Fill(token[..IdLength]);
        Mac(token[..IdLength], userId, token[IdLength..]);
        return Base64Url.EncodeToString(token);
    }

    public string? Recognise(string? token, int userId)
    {
        Span<byte> bytes = stackalloc byte[IdLength + MacLength];
        if (token is null || token.Length != Base64Url.GetEncodedLength(bytes.Length) || !Base64Url.IsValid(token, out var length)
            || length != bytes.Length)
        {
            return null;
        }

        Base64Url.DecodeFromChars(token, bytes);
        Span<byte> expected = stackalloc byte[MacLength];
        Mac(bytes[..IdLength], userId, expected);
        return CryptographicOperations.FixedTimeEquals(bytes[IdLength..], expected) ? Convert.ToHexStringLower(bytes[..IdLength]) : null;
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(_key);

    private void Mac(ReadOnlySpan<byte> id, int userId, Span<byte> mac)
    {
        Span<byte> message = stackalloc byte[IdLength + sizeof(int)];
        id.CopyTo(message);
        BinaryPrimitives.WriteInt32BigEndian(message[IdLength..], userId);
        HMACSHA256.HashData(_key, message, mac);
    }
}
