using ErrorOr;
using FaceId.Domain.Common;

namespace FaceId.Domain.Users;

/// <summary>The rules for a new password (NIST SP 800-63B-4: a length, no composition rules). Counted in code points.</summary>
public static class Password
{
    public const int MinLength = 12;
    public const int MaxLength = 128;

    public static ErrorOr<Success> Check(string? password)
    {
        var length = password is null ? 0 : CountCodePoints(password);
        return length switch
        {
            < MinLength => Invalid.Field("password", $"Use at least {MinLength} characters; a few words make a good password."),
            > MaxLength => Invalid.Field("password", $"Use at most {MaxLength} characters."),
            _ => Result.Success,
        };
    }

    private static int CountCodePoints(string text)
    {
        var count = 0;
        foreach (var _ in text.EnumerateRunes())
        {
            count++;
        }

        return count;
    }
}
