using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using FaceId.Application.Users.Privacy;
using FaceId.Infrastructure.Configuration;

namespace FaceId.Infrastructure.Users;

internal sealed class ReceiptSeal(MasterKey masterKey) : IReceiptSeal, IDisposable
{
    private readonly byte[] _signing = masterKey.Derive("users/erasure-receipt/v1", HMACSHA256.HashSizeInBytes);
    private readonly byte[] _subject = masterKey.Derive("users/erasure-subject/v1", HMACSHA256.HashSizeInBytes);

    public string Subject(int userId)
    {
        Span<byte> id = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(id, userId);
        return Convert.ToHexStringLower(HMACSHA256.HashData(_subject, id));
    }

    public string Sign(string text) => Convert.ToHexStringLower(HMACSHA256.HashData(_signing, Encoding.UTF8.GetBytes(text)));

    public bool IsSignedBy(string text, string signature) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(Sign(text)), Encoding.UTF8.GetBytes(signature));

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_signing);
        CryptographicOperations.ZeroMemory(_subject);
    }
}
