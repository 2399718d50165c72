using System.Text;
using ErrorOr;
using FaceId.Domain.Common;
using FaceId.Domain.Users;

namespace FaceId.Application.Users;

/// <summary>
/// Whether a new password is good enough: long enough, and not easily guessed from lists, from who the person is, or by repeating.
/// What can be guessed is taken out, and <see cref="LeastLeft"/> characters that cannot must remain.
/// </summary>
public sealed class PasswordPolicy(PasswordOptions options, CommonPasswords common)
{
    /// <summary>How many characters must be left without what can be guessed: NIST's least length of a password.</summary>
    public const int LeastLeft = Password.LowestMinLength;

    /// <summary>Shorter words of name and address stand in too many good passwords by chance.</summary>
    public const int ShortestWord = 4;

    private const string Product = "faceid";

    /// <param name="email">The address of the account, if known; one that is no address is passed over.</param>
    /// <param name="name">The person's name, if known; one that is no name is passed over.</param>
    public ErrorOr<Success> Check(string? password, string? email, string? name)
    {
        if (Password.CheckForm(password, options.MinLength) is { IsError: true } form)
        {
            return form;
        }

        var folded = Password.Fold(password!);
        if (UnitOf(folded) is { } unit && Password.Length(unit) < LeastLeft)
        {
            return Invalid.Field(
                "password",
                "The password repeats one short piece, and is as easily guessed as the piece alone. Use a few different words instead.");
        }

        if (IsAboutThePerson(folded, email, name))
        {
            return Invalid.Field(
                "password",
                "The password consists mostly of the person's name, their e-mail address or the name of this service. "
                + $"Use at least {LeastLeft} characters that have nothing to do with these.");
        }

        return IsWeak(folded)
            ? Invalid.Field(
                "password",
                "The password is one of those that attackers try first, or nearly one. "
                + "Use something of your own, such as a few words that do not belong together.")
            : Result.Success;
    }

    private bool IsAboutThePerson(string folded, string? email, string? name)
    {
        var words = ContextWords(email, name);
        return Spellings(folded)
            .Select(spelling => Without(words, spelling))
            .Any(left => left.Length < folded.Length && (Password.Length(left) < LeastLeft || IsWeak(left)));
    }

    /// <summary>A common password with too little around it.</summary>
    private bool IsWeak(string text) => Readings(text).Any(reading =>
        IsGuessed(reading.Core) && (Password.Length(reading.Others) < LeastLeft || IsGuessed(reading.Others)));

    private bool IsGuessed(string text) =>
        Spellings(text).Any(common.Contains)
        || (UnitOf(text) is { } unit && (Password.Length(unit) < LeastLeft || IsWeak(unit)));

    /// <summary>The text whole, without what separates its letters and digits, and with fewer and fewer other characters at the ends of its letters.</summary>
    private static IEnumerable<(string Core, string Others)> Readings(string text)
    {
        yield return (text, "");

        var core = new StringBuilder();
        var rest = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            (Rune.IsLetterOrDigit(rune) ? core : rest).Append(rune);
        }

        if (rest.Length > 0)
        {
            yield return (core.ToString(), rest.ToString());
        }

        var before = text.TakeWhile(c => !char.IsLetter(c)).Count();
        var after = text.Reverse().TakeWhile(c => !char.IsLetter(c)).Count();
        if (before == text.Length)
        {
            yield break;
        }

        for (var start = 0; start <= before; start++)
        {
            for (var end = 0; end <= after; end++)
            {
                // Of those that leave much, only the ends themselves can be something known.
                var isEnd = (start == 0 || start == before) && (end == 0 || end == after);
                if (start + end > 0 && (start + end < LeastLeft || isEnd))
                {
                    yield return (text[start..^end], text[..start] + text[^end..]);
                }
            }
        }
    }

    /// <summary>The text, and as it reads when digits and signs stand for the letters that they look like. All are equally long.</summary>
    private static IEnumerable<string> Spellings(string text)
    {
        yield return text;
        var letters = Unmasked(text, 'i');
        if (letters != text)
        {
            yield return letters;
            if (text.AsSpan().ContainsAny('1', '!', '|'))
            {
                yield return Unmasked(text, 'l');
            }
        }
    }

    private static string Unmasked(string text, char stroke) => string.Create(text.Length, (text, stroke), static (letters, from) =>
    {
        for (var i = 0; i < letters.Length; i++)
        {
            letters[i] = from.text[i] switch
            {
                '0' => 'o',
                '1' or '!' or '|' => from.stroke,
                '3' => 'e',
                '4' or '@' => 'a',
                '5' or '$' => 's',
                '7' or '+' => 't',
                '8' => 'b',
                var other => other,
            };
        }
    });

    /// <summary>The shortest piece that the text repeats at least twice, the last time perhaps in part; null when there is none.</summary>
    private static string? UnitOf(string text)
    {
        for (var length = 1; length <= text.Length / 2; length++)
        {
            if (text.AsSpan(length).SequenceEqual(text.AsSpan(0, text.Length - length)))
            {
                return text[..length];
            }
        }

        return null;
    }

    private static HashSet<string> ContextWords(string? email, string? name)
    {
        var words = new HashSet<string>(StringComparer.Ordinal) { Product };
        if (Email.Parse(email) is { IsError: false, Value.Value: var address })
        {
            var at = address.LastIndexOf('@');
            Add(address[..at]);
            Add(address[(at + 1)..]);
        }

        if (PersonName.Parse(name) is { IsError: false, Value.Value: var called })
        {
            Add(called);
        }

        return words;

        // Its words, with and without their digits, and all of them run together.
        void Add(string text)
        {
            var folded = Password.Fold(text);
            var parts = Split(folded, IsWordPart);
            words.UnionWith([.. parts, .. Split(folded, c => IsWordPart(c) && !char.IsDigit(c)), string.Concat(parts)]);
            words.RemoveWhere(word => word.Length < ShortestWord);
        }
    }

    private static string[] Split(string text, Func<char, bool> isPart) =>
        text.Split([.. text.Where(c => !isPart(c)), ' '], StringSplitOptions.RemoveEmptyEntries);

    /// <summary>What the words leave of a text. They are found across separators too, which themselves are left.</summary>
    private static string Without(HashSet<string> words, string text)
    {
        var places = Enumerable.Range(0, text.Length).Where(i => IsWordPart(text[i])).ToArray();
        var letters = string.Concat(places.Select(i => text[i]));
        var taken = new bool[text.Length];
        foreach (var word in words)
        {
            for (var i = letters.IndexOf(word, StringComparison.Ordinal); i >= 0; i = letters.IndexOf(word, i + 1, StringComparison.Ordinal))
            {
                foreach (var place in places.AsSpan(i, word.Length))
                {
                    taken[place] = true;
                }
            }
        }

        return string.Concat(text.Where((_, i) => !taken[i]));
    }

    /// <summary>Surrogates count as letters, which most of them are.</summary>
    private static bool IsWordPart(char c) => char.IsLetterOrDigit(c) || char.IsSurrogate(c);
}
