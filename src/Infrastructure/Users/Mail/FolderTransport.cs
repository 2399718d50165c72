using System.Globalization;
using FaceId.Domain.Users;
using FaceId.Infrastructure.Configuration;
using MimeKit;

namespace FaceId.Infrastructure.Users.Mail;

/// <summary>
/// Leaves mails as .eml files in the outbox folder, for whoever has no mail server. A file is whole when it is there, and has
/// the same name at every attempt, so that no mail is there twice.
/// </summary>
internal sealed class FolderTransport(FaceIdSettings settings) : IMailTransport
{
    public const string FolderName = "outbox";

    public async Task SendAsync(OutgoingMail mail, MimeMessage message, CancellationToken stopping)
    {
        var folder = Path.Combine(settings.DataFolder, FolderName);
        var path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{mail.CreatedAt.UtcDateTime:yyyyMMdd'T'HHmmss'Z'}-{mail.Id}.eml"));
        var draft = $"{path}.{Guid.NewGuid():n}.tmp";
        try
        {
            DataFolder.Create(folder);
            await using (var file = new FileStream(draft, Options()))
            {
                await message.WriteToAsync(file, stopping);
                file.Flush(flushToDisk: true);
            }

            File.Move(draft, path, overwrite: true);
            DataFolder.Flush(folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or StartupException)
        {
            throw new MailPostponedException($"outbox folder: {exception.GetType().Name}", concernsAll: true);
        }
        finally
        {
            if (File.Exists(draft))
            {
                File.Delete(draft);
            }
        }
    }

    private static FileStreamOptions Options()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return options;
    }
}
