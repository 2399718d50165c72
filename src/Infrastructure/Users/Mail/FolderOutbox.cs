using FaceId.Application.Users.Mail;
using FaceId.Infrastructure.Configuration;

namespace FaceId.Infrastructure.Users.Mail;

internal sealed class FolderOutbox(FaceIdSettings settings) : IMailOutbox
{
    public void Queue(Application.Users.Mail.Mail mail)
    {
        var folder = Path.Combine(settings.DataFolder, "outbox");
        DataFolder.Create(folder);
        File.WriteAllText(
            Path.Combine(folder, $"{Guid.CreateVersion7():N}.eml"),
            $"To: {mail.Recipient}\nSubject: {mail.Kind}\n\n{string.Join('\n', mail.Values.Select(pair => $"{pair.Key}: {pair.Value}"))}\n");
    }
}
