using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using FaceId.Application.Users.SignIn;
using FaceId.Infrastructure.Configuration;
using FaceId.Infrastructure.Security;

namespace FaceId.Infrastructure.Users;

/// <summary>A random id and a MAC over it and the account, so nothing about devices is stored.</summary>
internal sealed class KnownDevices(MasterKeys masterKeys) : IKnownDevices, IDisposable
{
    private const int IdLength = 16;
    private const int MacLength = 32;

    private readonly DerivedKeys _keys = new(masterKeys, "users/known-device/v1");

    public string Issue(int userId)
    {
        Span<byte> token = stackalloc byte[IdLength + MacLength];
        RandomNumberGenerator.Fill(token[..IdLength]);
        Mac(_keys.Current, token[..IdLength], userId, token[IdLength..]);
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
        foreach (var key in _keys.All)
        {
            Mac(key, bytes[..IdLength], userId, expected);
            if (CryptographicOperations.FixedTimeEquals(bytes[IdLength..], expected))
            {
                return Convert.ToHexStringLower(bytes[..IdLength]);
            }
        }

        return null;
    }

    public void Dispose() => _keys.Dispose();

    private static void Mac(byte[] key, ReadOnlySpan<byte> id, int userId, Span<byte> mac)
    {
        Span<byte> message = stackalloc byte[IdLength + sizeof(int)];
        id.CopyTo(message);
        BinaryPrimitives.WriteInt32BigEndian(message[IdLength..], userId);
        HMACSHA256.HashData(key, message, mac);
    }
}
