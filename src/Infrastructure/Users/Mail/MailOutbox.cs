using FaceId.Application.Users;
using FaceId.Domain.Users;
using FaceId.Infrastructure.Persistence;

namespace FaceId.Infrastructure.Users.Mail;

internal sealed class MailOutbox(FaceIdDb db, MailSealer sealer, TimeProvider time) : IMailOutbox
{
    public void Queue(Application.Users.Mail mail)
    {
        var now = time.GetUtcNow();
        var content = MailRenderer.Render(mail, now);
        db.OutgoingMails.Add(OutgoingMail.Create(mail.Kind, mail.DedupeKey, mail.UserId, sealer.Seal(content, mail.DedupeKey), now));
    }
}
