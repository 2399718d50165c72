using ErrorOr;

namespace FaceId.Web.Commands;

/// <summary>A use case refused what a command asked for; the message is what the operator reads.</summary>
internal sealed class RefusedException(string message, int exitCode) : Exception(message)
{
    /// <summary>There is no such account.</summary>
    public const int NotFound = 3;

    /// <summary>A rule forbids it.</summary>
    public const int Refused = 4;

    public int ExitCode { get; } = exitCode;

    /// <param name="account">Whom the command is about, as the operator wrote it; null when it is about nobody.</param>
    public static RefusedException For(List<Error> errors, string? account)
    {
        var code = errors[0].Code;
        return code == "not_found"
            ? new RefusedException($"There is no account {account}. 'faceid users list --search TEXT' finds one by a part of its name or address.", NotFound)
            : new RefusedException(string.Join(' ', errors.Select(error => Explain(error, account))), Refused);
    }

    /// <summary>Some errors advise calls of the API; here there are commands for the same.</summary>
    private static string Explain(Error error, string? account) => error.Code switch
    {
        "last_admin" => $"{account} is the last active administrator. Make another account an administrator first: faceid users promote EMAIL admin",
        "email_taken" => $"There is an account {account} already. To set a new password for it: faceid users reset-password {account}",
        "user_inactive" => $"The account {account} is disabled. First: faceid users enable {account}",
        "mfa_not_enabled" => $"The account {account} has no second factor.",
        "settings_changed" => "Somebody else changed the settings at the same moment. See 'faceid settings show', then decide again.",
        _ => error.Description,
    };
}
