using ErrorOr;
using FaceId.Domain.Common;

namespace FaceId.Domain.Users;

/// <summary>How a person is called: trimmed, on one line.</summary>
public readonly record struct PersonName
{
    public const int MaxLength = 200;

    private PersonName(string value) => Value = value;

    public string Value { get; }

    public static ErrorOr<PersonName> Parse(string? text)
    {
        var trimmed = text?.Trim() ?? "";
        return trimmed.Length is > 0 and <= MaxLength && !trimmed.Any(char.IsControl)
            ? new PersonName(trimmed)
            : Invalid.Field("name", $"Give a name of 1 to {MaxLength} characters on one line.");
    }

    public override string ToString() => Value;
}
