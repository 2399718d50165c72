using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using FaceId.Infrastructure.Configuration;
using FaceId.Infrastructure.Security;

namespace FaceId.Infrastructure.Users.Mail;

/// <summary>
/// Seals what a mail says in a <see cref="SealedEnvelope"/> that belongs to the row's dedupe key, so that the content of one mail does
/// not open in the row of another.
/// </summary>
internal sealed class MailSealer(MasterKeys masterKeys) : IDisposable
{
    private readonly SealedEnvelope _envelope = new(masterKeys, SealedData.Mails);

    public byte[] Seal(MailContent content, string dedupeKey)
    {
        var plain = JsonSerializer.SerializeToUtf8Bytes(content);
        var envelope = _envelope.Seal(plain, Encoding.UTF8.GetBytes(dedupeKey));
        CryptographicOperations.ZeroMemory(plain);
        return envelope;
    }

    /// <exception cref="EnvelopeException">It was sealed with another key, for another row, or was changed.</exception>
    public MailContent Open(byte[] envelope, string dedupeKey)
    {
        var plain = _envelope.Open(envelope, Encoding.UTF8.GetBytes(dedupeKey));
        try
        {
            return JsonSerializer.Deserialize<MailContent>(plain)!;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    public void Dispose() => _envelope.Dispose();
}
