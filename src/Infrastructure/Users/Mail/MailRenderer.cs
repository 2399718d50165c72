using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace FaceId.Infrastructure.Users.Mail;

/// <summary>
/// Makes plain text and HTML of one source. Paragraphs are separated by empty lines; <c>{name}</c> stands for a value, and a
/// paragraph of nothing else is shown by itself: an address to open as a link, anything else as it stands.
/// </summary>
internal static partial class MailRenderer
{
    /// <summary>Values inside a sentence come from people and browsers; nobody reads more of them than this.</summary>
    public const int MaxInlineLength = 200;

    private const string Footer = "FaceId sent this mail by itself; answers to it are not read.";

    public static MailContent Render(Application.Users.Mail mail, DateTimeOffset now)
    {
        var (subject, body) = MailTexts.Of(mail.Kind);
        var recipientName = MailTexts.IsToUnprovenAddress(mail.Kind) ? "" : Inline(mail.RecipientName);
        var values = new Dictionary<string, string>(mail.Values);
        values.TryAdd("time", now.UtcDateTime.ToString("d MMMM yyyy, HH:mm 'UTC'", CultureInfo.InvariantCulture));

        var text = new StringBuilder();
        var html = new StringBuilder();
        var greeting = recipientName.Length == 0 ? "Hello," : $"Hello {recipientName},";
        Append(greeting, $"<p>{Encode(greeting)}</p>");
        foreach (var paragraph in body.ReplaceLineEndings("\n").Split("\n\n"))
        {
            if (Alone().Match(paragraph) is { Success: true } alone)
            {
                var value = Block(Value(alone.Groups[1].Value));
                Append(value, IsWebAddress(value) ? $"<p><a href=\"{Encode(value)}\">{Encode(value)}</a></p>" : $"<pre>{Encode(value)}</pre>");
                continue;
            }

            var line = paragraph.Replace('\n', ' ');
            Append(Placeholder().Replace(line, match => Inline(Value(match.Groups[1].Value))), $"<p>{EncodeAround(line)}</p>");
        }

        text.Append("-- \n").Append(Footer).Append('\n');
        return new MailContent(mail.Recipient, recipientName, subject, text.ToString(), Page(html));

        void Append(string plain, string marked)
        {
            text.Append(plain).Append("\n\n");
            html.Append(marked).Append('\n');
        }

        // The texts are ours, but are encoded all the same.
        string EncodeAround(string line)
        {
            var encoded = new StringBuilder();
            var from = 0;
            foreach (Match match in Placeholder().Matches(line))
            {
                encoded.Append(Encode(line[from..match.Index])).Append(Encode(Inline(Value(match.Groups[1].Value))));
                from = match.Index + match.Length;
            }

            return encoded.Append(Encode(line[from..])).ToString();
        }

        string Value(string name) => values.TryGetValue(name, out var value)
            ? value
            : throw new ArgumentException($"The text of {mail.Kind} needs the value '{name}'.", nameof(mail));
    }

    private static string Page(StringBuilder paragraphs) => $"""
        <!DOCTYPE html>
        <html lang="en"><body style="font-family:sans-serif;font-size:15px;line-height:1.5;color:#222;max-width:36em">
        {paragraphs}<p style="color:#777;font-size:13px">{Encode(Footer)}</p>
        </body></html>

        """;

    private static string Encode(string text) => WebUtility.HtmlEncode(text);

    private static bool IsWebAddress(string value) =>
        Uri.TryCreate(value, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" && !value.Contains('\n');

    /// <summary>One line: what breaks lines becomes a space, what turns the direction of writing is left out.</summary>
    private static string Inline(string value)
    {
        var line = Spaces().Replace(Block(value), " ").Trim();
        if (line.Length <= MaxInlineLength)
        {
            return line;
        }

        var end = char.IsHighSurrogate(line[MaxInlineLength - 1]) ? MaxInlineLength - 1 : MaxInlineLength;
        return line[..end] + "…";
    }

    private static string Block(string value) => Unwanted().Replace(value.ReplaceLineEndings("\n"), "");

    [GeneratedRegex(@"\{(\w+)\}", RegexOptions.CultureInvariant)]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"^\{(\w+)\}$", RegexOptions.CultureInvariant)]
    private static partial Regex Alone();

    [GeneratedRegex(@"\s+", RegexOptions.CultureInvariant)]
    private static partial Regex Spaces();

    [GeneratedRegex(@"[\p{Cc}\u202A-\u202E\u2066-\u2069-[\n\t]]", RegexOptions.CultureInvariant)]
    private static partial Regex Unwanted();
}
