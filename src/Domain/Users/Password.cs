using System.Buffers;
using System.Text;
using ErrorOr;
using FaceId.Domain.Common;

namespace FaceId.Domain.Users;

/// <summary>
/// What every password is: a length in code points and characters that can be typed again, no rules of composition (NIST SP 800-63B-4).
/// Spaces count, wherever they stand. How easily it is guessed is another question, which takes a list and knowledge of the person.
/// </summary>
public static class Password
{
    public const int DefaultMinLength = 12;

    /// <summary>The least that a minimum may be set to: what NIST asks of a password beside a second factor.</summary>
    public const int LowestMinLength = 8;

    /// <summary>The most that a minimum may be set to: NIST wants 64 characters to be enough for anybody.</summary>
    public const int HighestMinLength = 64;

    public const int MaxLength = 128;

    /// <summary>The code that is no character and which <see cref="string.Normalize(NormalizationForm)"/> throws at.</summary>
    private const char SwappedByteOrderMark = '\uFFFE';

    public static ErrorOr<Success> CheckForm(string? password, int minLength)
    {
        if (string.IsNullOrEmpty(password))
        {
            return TooShort(minLength);
        }

        if (Normalise(password) is not { } normalised)
        {
            return Invalid.Field("password", "The password holds half of a character, which nobody can type again. Leave that character out.");
        }

        if (password.Any(char.IsControl))
        {
            return Invalid.Field(
                "password", "The password holds a line break, a tab or another control character. Take it out; every other character may stay.");
        }

        // As given for the upper limit; for the lower one not more than is left when letters and their accents have been put together.
        var length = Length(password);
        return length > MaxLength
            ? Invalid.Field("password", $"Use at most {MaxLength} characters.")
            : Math.Min(length, Length(normalised)) < minLength ? TooShort(minLength) : Result.Success;
    }

    /// <summary>The one form of what looks alike however it was typed (NFKC); null for text that is no Unicode.</summary>
    public static string? Normalise(string text) =>
        IsWellFormed(text) && !text.Contains(SwappedByteOrderMark, StringComparison.Ordinal) ? text.Normalize(NormalizationForm.FormKC) : null;

    /// <summary>The form in which passwords are compared with words and lists: normalised, in lower case.</summary>
    public static string Fold(string text) => (Normalise(text) ?? text).ToLowerInvariant();

    /// <summary>In code points.</summary>
    public static int Length(string text)
    {
        var count = 0;
        foreach (var _ in text.EnumerateRunes())
        {
            count++;
        }

        return count;
    }

    private static Error TooShort(int minLength) =>
        Invalid.Field("password", $"Use at least {minLength} characters; a few words that do not belong together make a good password.");

    private static bool IsWellFormed(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(text, out _, out var length) != OperationStatus.Done)
            {
                return false;
            }

            text = text[length..];
        }

        return true;
    }
}
