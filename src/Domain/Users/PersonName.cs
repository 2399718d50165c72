using System.Globalization;
using System.Text;
using ErrorOr;
using FaceId.Domain.Common;

namespace FaceId.Domain.Users;

/// <summary>
/// How a person is called, in any script: trimmed, on one line, composed (NFC), and without what would make it look like another
/// name or turn the text around it.
/// </summary>
public readonly record struct PersonName
{
    public const int MaxLength = 200;

    private const int ZeroWidthNonJoiner = 0x200C;
    private const int ZeroWidthJoiner = 0x200D;
    private const int FirstJoiningScript = 0x0590;

    private PersonName(string value) => Value = value;

    public string Value { get; }

    public static ErrorOr<PersonName> Parse(string? text)
    {
        var trimmed = text?.Trim() ?? "";
        if (trimmed.Length is 0 or > MaxLength)
        {
            return Refused($"Give a name of 1 to {MaxLength} characters on one line.");
        }

        if (!IsReadable(trimmed))
        {
            return Refused("Give a name of letters and signs that can be seen, without control or formatting characters.");
        }

        var composed = trimmed.Normalize(NormalizationForm.FormC);
        return composed.Length <= MaxLength ? new PersonName(composed) : Refused($"Give a name of at most {MaxLength} characters.");
    }

    public override string ToString() => Value;

    private static Error Refused(string sentence) => Invalid.Field("name", sentence);

    private static bool IsReadable(string text)
    {
        var letters = 0;
        var before = default(Rune);
        for (var i = 0; i < text.Length;)
        {
            if (!Rune.TryGetRuneAt(text, i, out var rune))
            {
                // Half of a surrogate pair.
                return false;
            }

            i += rune.Utf16SequenceLength;
            if (rune.Value is ZeroWidthNonJoiner or ZeroWidthJoiner)
            {
                // Persian and Indic names are written with them, between letters that join.
                if (!Joins(before) || !Rune.TryGetRuneAt(text, Math.Min(i, text.Length - 1), out var after) || !Joins(after))
                {
                    return false;
                }
            }
            else if (IsHidden(rune))
            {
                return false;
            }

            letters += Rune.IsLetterOrDigit(rune) ? 1 : 0;
            before = rune;
        }

        return letters > 0;
    }

    private static bool Joins(Rune rune) => rune.Value >= FirstJoiningScript && Category(rune)
        is UnicodeCategory.OtherLetter or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;

    /// <summary>Marks that turn the direction, zero-width and control characters, what has no meaning yet, and letters that are blank.</summary>
    private static bool IsHidden(Rune rune) => rune.Value is 0x034F or 0x115F or 0x1160 or 0x2800 or 0x3164 or 0xFFA0
        || Category(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse
            or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    private static UnicodeCategory Category(Rune rune) => Rune.GetUnicodeCategory(rune);
}
