using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using FaceId.Application.Users;
using FaceId.Infrastructure.Configuration;
using FaceId.Infrastructure.Security;

namespace FaceId.Infrastructure.Users;

/// <summary>Seals texts in a <see cref="SealedEnvelope"/> of their UTF-8 bytes that belongs to the user's id, written as <c>sealed:</c> and base64url.</summary>
internal sealed class Secrets(MasterKeys masterKeys) : ISecrets, IDisposable
{
    public const string Marker = "sealed:";

    private readonly SealedEnvelope _envelope = new(masterKeys, SealedData.Secrets);

    public string Seal(string secret, int userId)
    {
        var plain = Encoding.UTF8.GetBytes(secret);
        try
        {
            return Marker + Base64Url.EncodeToString(_envelope.Seal(plain, Owner(userId)));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    public string Open(string stored, int userId)
    {
        if (!stored.StartsWith(Marker, StringComparison.Ordinal))
        {
            return stored;
        }

        try
        {
            return Encoding.UTF8.GetString(_envelope.Open(Base64Url.DecodeFromChars(stored.AsSpan(Marker.Length)), Owner(userId)));
        }
        catch (Exception exception) when (exception is EnvelopeException or FormatException)
        {
            throw new InvalidOperationException($"A secret of user {userId} cannot be opened: {exception.Message}.", exception);
        }
    }

    public void Dispose() => _envelope.Dispose();

    private static byte[] Owner(int userId) => Encoding.ASCII.GetBytes(userId.ToString(CultureInfo.InvariantCulture));
}
