using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using FaceId.Application.Users.Privacy;
using FaceId.Infrastructure.Configuration;
using FaceId.Infrastructure.Security;

namespace FaceId.Infrastructure.Users;

internal sealed class ReceiptSeal(MasterKeys masterKeys) : IReceiptSeal, IDisposable
{
    private readonly DerivedKeys _signing = new(masterKeys, "users/erasure-receipt/v1");
    private readonly DerivedKeys _subject = new(masterKeys, "users/erasure-subject/v1");

    public string Subject(int userId)
    {
        Span<byte> id = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(id, userId);
        return Convert.ToHexStringLower(HMACSHA256.HashData(_subject.Current, id));
    }

    public string Sign(string text) => Sign(_signing.Current, text);

    public bool IsSignedBy(string text, string signature) =>
        _signing.All.Any(key => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(Sign(key, text)), Encoding.UTF8.GetBytes(signature)));

    public void Dispose()
    {
        _signing.Dispose();
        _subject.Dispose();
    }

    private static string Sign(byte[] key, string text) => Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text)));
}
