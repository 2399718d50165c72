using ErrorOr;

namespace FaceId.Domain.Common;

/// <summary>Errors of single values that break a rule, with the name of the field they came in.</summary>
public static class Invalid
{
    public static Error Field(string name, string sentence) => Error.Validation(
        "validation", sentence, new Dictionary<string, object> { ["field"] = name });
}
