using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using ErrorOr;
using FaceId.Domain.Common;

namespace FaceId.Domain.Users;

/// <summary>
/// An e-mail address in the one form it is stored and compared in: trimmed, in lower case, the domain as DNS has it (punycode). So no
/// two addresses look alike: before the @ there is ASCII only, and a domain in another script shows as <c>xn--…</c>.
/// </summary>
public readonly partial record struct Email
{
    /// <summary>Longest address that SMTP can carry (RFC 5321, 4.5.3.1.3, less the angle brackets).</summary>
    public const int MaxLength = 254;

    private static readonly IdnMapping Idn = new() { UseStd3AsciiRules = true, AllowUnassigned = false };

    private static volatile KnownDomain? _last;

    private Email(string value) => Value = value;

    public string Value { get; }

    /// <summary>Whether mail to an address can arrive: nothing under <c>.invalid</c> (RFC 2606) does, where people are put who have none.</summary>
    public static bool CanReceive(string address) => !address.EndsWith(".invalid", StringComparison.OrdinalIgnoreCase);

    public static ErrorOr<Email> Parse(string? text)
    {
        var address = text?.Trim() ?? "";
        if (address.Length > MaxLength || Shape().Match(address) is not { Success: true } match)
        {
            return Refused($"Give an e-mail address such as ada@example.com, of at most {MaxLength} characters.");
        }

        if (!LocalPart().IsMatch(match.Groups["local"].Value))
        {
            return Refused("Before the @, an e-mail address may hold the letters a to z, digits and the usual signs, such as . _ + and -.");
        }

        if (Domain(match.Groups["domain"].Value) is not { } domain)
        {
            return Refused("After the @ there is no domain that an e-mail address can have; one word may not mix letters of several scripts.");
        }

        var normalised = $"{match.Groups["local"].Value.ToLowerInvariant()}@{domain}";
        return normalised.Length <= MaxLength ? new Email(normalised) : Refused($"An e-mail address has at most {MaxLength} characters.");
    }

    public override string ToString() => Value;

    private static Error Refused(string sentence) => Invalid.Field("email", sentence);

    /// <summary>The domain in ASCII and lower case (UTS 46), or null when it is none or made to deceive.</summary>
    private static string? Domain(string text)
    {
        // Lists of people name the same domain again and again.
        if (_last is { } last && last.Text == text)
        {
            return last.Ascii;
        }

        var ascii = Ascii(text);
        _last = new KnownDomain(text, ascii);
        return ascii;
    }

    private static string? Ascii(string text)
    {
        try
        {
            var ascii = Idn.GetAscii(text).ToLowerInvariant();
            return Idn.GetUnicode(ascii).Split('.').All(IsOfOneScript) ? ascii : null;
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    /// <summary>
    /// Whether a word keeps to one script, as far as look-alikes go: Latin letters stand beside Chinese, Japanese and Korean ones in
    /// honest names, beside all others only in forged ones.
    /// </summary>
    private static bool IsOfOneScript(string word)
    {
        var (latin, other) = (false, false);
        foreach (var rune in word.EnumerateRunes().Where(Rune.IsLetter))
        {
            latin |= IsLatin(rune.Value);
            other |= !IsLatin(rune.Value) && !IsEastAsian(rune.Value);
        }

        return !(latin && other);
    }

    private static bool IsLatin(int letter) => letter is <= 0x024F or (>= 0x1E00 and <= 0x1EFF);

    // Kana, bopomofo and CJK signs, ideographs, Hangul, and the ideographs beyond the first plane.
    private static bool IsEastAsian(int letter) => letter is (>= 0x2E80 and <= 0x9FFF) or (>= 0xAC00 and <= 0xD7AF) or (>= 0x20000 and <= 0x3FFFF);

    // No spaces and nothing invisible, one @.
    [GeneratedRegex(@"^(?<local>[^\s@\p{C}]{1,64})@(?<domain>[^\s@\p{C}.]+(\.[^\s@\p{C}.]+)*)$", RegexOptions.CultureInvariant)]
    private static partial Regex Shape();

    // The dot-atom of RFC 5322, less strict about dots, since mailboxes with two in a row exist.
    [GeneratedRegex(@"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+$", RegexOptions.CultureInvariant)]
    private static partial Regex LocalPart();

    private sealed record KnownDomain(string Text, string? Ascii);
}
