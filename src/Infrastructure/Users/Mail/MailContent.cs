namespace FaceId.Infrastructure.Users.Mail;

/// <summary>What a mail says and to whom; stored encrypted until it is sent.</summary>
/// <param name="RecipientName">Empty when the mail is not to carry one.</param>
internal sealed record MailContent(string Recipient, string RecipientName, string Subject, string Text, string Html);
