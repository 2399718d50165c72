using System.Text.RegularExpressions;
using MimeKit;

namespace FaceId.FunctionalTests.Support;

/// <summary>The mails that the shared server put into its outbox folder.</summary>
internal static partial class Mailbox
{
    /// <summary>The token of the link in the newest mail to this address since the test began; waits for one to come.</summary>
    public static async Task<string> TokenAsync(string recipient)
    {
        string? token = null;
        await Eventually.IsAsync(true, () =>
        {
            token = To(recipient).Select(text => Token().Match(text)).LastOrDefault(match => match.Success)?.Groups[1].Value;
            return Task.FromResult(token is not null);
        });
        return token!;
    }

    /// <summary>Throws away what came so far.</summary>
    public static void Empty()
    {
        if (Directory.Exists(Folder))
        {
            foreach (var file in Directory.EnumerateFiles(Folder, "*.eml"))
            {
                File.Delete(file);
            }
        }
    }

    private static string Folder => Path.Combine(TestDatabase.DataFolder, "outbox");

    private static IEnumerable<string> To(string recipient)
    {
        if (!Directory.Exists(Folder))
        {
            yield break;
        }

        foreach (var file in Directory.EnumerateFiles(Folder, "*.eml").Order(StringComparer.Ordinal))
        {
            using var mail = MimeMessage.Load(file);
            if (mail.To.Mailboxes.Any(mailbox => mailbox.Address == recipient))
            {
                yield return mail.TextBody ?? "";
            }
        }
    }

    [GeneratedRegex("[?]token=([A-Za-z0-9_-]{43})")]
    private static partial Regex Token();
}
