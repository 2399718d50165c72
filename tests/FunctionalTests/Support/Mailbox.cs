using System.Text.RegularExpressions;
using MimeKit;

namespace FaceId.FunctionalTests.Support;

/// <summary>The mails that the shared server put into its outbox folder.</summary>
internal static partial class Mailbox
{
    /// <summary>The token of the link in the newest mail to this address since the test began; waits for one to come.</summary>
    public static async Task<string> TokenAsync(string recipient) => (await NewestAsync(recipient, "")).Groups[2].Value;

    /// <summary>The link in the newest mail of this address that leads to a page; waits for one to come.</summary>
    public static async Task<Uri> LinkAsync(string recipient, string page) => new((await NewestAsync(recipient, page)).Value);

    private static async Task<Match> NewestAsync(string recipient, string page)
    {
        Match? newest = null;
        await Eventually.IsAsync(true, () =>
        {
            newest = To(recipient).Select(text => Link().Match(text))
                .LastOrDefault(match => match.Success && match.Groups[1].Value.Contains(page, StringComparison.Ordinal));
            return Task.FromResult(newest is not null);
        });
        return newest!;
    }

    /// <summary>The code in the mail to this address with this subject; waits for one to come.</summary>
    /// <param name="except">A code that came before.</param>
    public static async Task<string> CodeAsync(string recipient, string subject, string? except = null)
    {
        string? code = null;
        await Eventually.IsAsync(true, () =>
        {
            code = Mails(recipient).Where(mail => mail.Subject == subject)
                .Select(mail => Code().Match(mail.Text)).LastOrDefault(match => match.Success && match.Value.Trim() != except)?.Value.Trim();
            return Task.FromResult(code is not null);
        });
        return code!;
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

    private static IEnumerable<string> To(string recipient) => Mails(recipient).Select(mail => mail.Text);

    private static IEnumerable<(string Subject, string Text)> Mails(string recipient)
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
                yield return (mail.Subject ?? "", mail.TextBody ?? "");
            }
        }
    }

    [GeneratedRegex("^[A-Za-z0-9_-]{43}\\s*$", RegexOptions.Multiline)]
    private static partial Regex Code();

    [GeneratedRegex("(https?://[^ ?]+)[?]token=([A-Za-z0-9_-]{43})")]
    private static partial Regex Link();
}
