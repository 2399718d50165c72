using System.Text.RegularExpressions;
using ErrorOr;
using FaceId.Domain.Common;

namespace FaceId.Domain.Users;

/// <summary>An e-mail address in the one form it is stored and compared in: trimmed and in lower case.</summary>
public readonly partial record struct Email
{
    /// <summary>Longest address that SMTP can carry (RFC 5321, 4.5.3.1.3, less the angle brackets).</summary>
    public const int MaxLength = 254;

    private Email(string value) => Value = value;

    public string Value { get; }

    public static ErrorOr<Email> Parse(string? text)
    {
        var normalised = text?.Trim().ToLowerInvariant() ?? "";
        return normalised.Length <= MaxLength && Shape().IsMatch(normalised)
            ? new Email(normalised)
            : Invalid.Field("email", $"Give an e-mail address such as ada@example.com, of at most {MaxLength} characters.");
    }

    public override string ToString() => Value;

    // Deliberately loose: only a mail that arrives proves an address. No spaces, no control characters, one @.
    [GeneratedRegex(@"^[^\s@\p{C}]{1,64}@[^\s@\p{C}.]+(\.[^\s@\p{C}.]+)*$", RegexOptions.CultureInvariant)]
    private static partial Regex Shape();
}
