using System.Globalization;
using FaceId.Domain.Users;
using FaceId.Infrastructure.Configuration;
using MimeKit;
using MimeKit.Text;

namespace FaceId.Infrastructure.Users.Mail;

/// <summary>Makes the message that travels. Of one row it makes the same one each time.</summary>
internal sealed class MailComposer(MailSettings settings, MasterKeys masterKeys)
{
    private readonly string _installation = Convert.ToHexStringLower(masterKeys.Current.Derive("users/mail-message-id/v1", 8));

    /// <exception cref="MailRefusedException">The recipient is no address that a mail can go to.</exception>
    public MimeMessage Compose(OutgoingMail mail, MailContent content)
    {
        // Parsed by the rules of mail, an address could turn out to be another one than was checked.
        if (!MailboxAddress.TryParse(content.Recipient, out var parsed) || parsed.Address != content.Recipient || parsed.Domain.Length == 0)
        {
            throw new MailRefusedException("the recipient is not a mail address");
        }

        var message = new MimeMessage
        {
            Subject = content.Subject,
            Date = mail.CreatedAt,
            MessageId = MessageId(mail),
            Body = new MultipartAlternative
            {
                new TextPart(TextFormat.Plain) { Text = content.Text },
                new TextPart(TextFormat.Html) { Text = content.Html },
            },
        };
        message.From.Add(settings.From);
        message.To.Add(new MailboxAddress(content.RecipientName, content.Recipient));

        // Nobody's absence is to be told to us (RFC 3834; the second for Exchange).
        message.Headers.Add("Auto-Submitted", "auto-generated");
        message.Headers.Add("X-Auto-Response-Suppress", "All");
        return message;
    }

    /// <summary>Stable, so that a receiver can recognise a mail that is sent again because the first answer was lost.</summary>
    private string MessageId(OutgoingMail mail) => string.Create(
        CultureInfo.InvariantCulture, $"{mail.Id}.{mail.CreatedAt.ToUnixTimeMilliseconds()}.{_installation}@{settings.From.Domain}");
}
