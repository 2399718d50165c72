using System.Text.RegularExpressions;

namespace FaceId.FunctionalTests.Support;

/// <summary>The mails that the shared server put into its outbox folder.</summary>
internal static partial class Mailbox
{
    /// <summary>The token of the link in the newest mail to this address; waits for one to come.</summary>
    public static async Task<string> TokenAsync(string recipient)
    {
        string? token = null;
        await Eventually.IsAsync(true, () =>
        {
            token = To(recipient).Select(mail => Token().Match(mail)).LastOrDefault(match => match.Success)?.Groups[1].Value;
            return Task.FromResult(token is not null);
        });
        return token!;
    }

    private static IEnumerable<string> To(string recipient)
    {
        var folder = Path.Combine(TestDatabase.DataFolder, "outbox");
        return Directory.Exists(folder)
            ? Directory.EnumerateFiles(folder, "*.eml").Order(StringComparer.Ordinal).Select(File.ReadAllText)
                .Where(mail => mail.Contains(recipient, StringComparison.OrdinalIgnoreCase))
            : [];
    }

    [GeneratedRegex("[?]token=([A-Za-z0-9_-]{43})")]
    private static partial Regex Token();
}
