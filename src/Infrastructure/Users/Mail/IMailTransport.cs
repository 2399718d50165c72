using FaceId.Domain.Users;
using MimeKit;

namespace FaceId.Infrastructure.Users.Mail;

/// <summary>Hands a message to whoever carries it on. One instance serves one run of the delivery.</summary>
internal interface IMailTransport
{
    /// <param name="stopping">Breaks off what has no consequences yet; once the message is on its way, its outcome must be known.</param>
    /// <exception cref="OperationCanceledException">It was broken off, and nothing was sent.</exception>
    /// <exception cref="MailRefusedException">This message will never be taken.</exception>
    /// <exception cref="MailPostponedException">It was not taken now.</exception>
    Task SendAsync(OutgoingMail mail, MimeMessage message, CancellationToken stopping);
}

/// <param name="reason">Without personal data: it is stored and logged.</param>
internal sealed class MailRefusedException(string reason) : Exception(reason);

/// <param name="reason">Without personal data: it is stored and logged.</param>
/// <param name="concernsAll">Any other mail would fare the same now.</param>
internal sealed class MailPostponedException(string reason, bool concernsAll) : Exception(reason)
{
    public bool ConcernsAll { get; } = concernsAll;
}
