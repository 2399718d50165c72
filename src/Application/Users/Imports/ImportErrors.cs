using ErrorOr;

namespace FaceId.Application.Users.Imports;

/// <summary>Why an import as a whole is refused, or one of its entries. Every code is stable.</summary>
public static class ImportErrors
{
    public static readonly Error Running = Error.Conflict(
        "import_running", "Another import is at work. Try again when it is done; what it has taken over already is not taken twice.");

    public static readonly Error OtherName = Error.Conflict(
        "duplicate_email", "Another person has this address, here or in an entry before: their names differ.");

    public static readonly Error StaffAccount = Error.Forbidden(
        "forbidden", "The account of an operator or administrator gets faces by an administrator only, not by an API key.");

    public static readonly Error ConsentWithdrawn = Error.Conflict(
        "consent_withdrawn", "The person withdrew their consent. Only a new one brings their faces back.");

    public static readonly Error ConsentRequired = Error.Conflict(
        "consent_required", "This server enrols nobody whose consent is not on record. Where it is kept elsewhere, say so with the import.");

    public static Error Unreadable(string sentence) => Error.Validation("validation", sentence);
}
