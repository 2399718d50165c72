using ErrorOr;

namespace FaceId.Domain.Users;

public static class UserErrors
{
    public static readonly Error NotFound = Error.NotFound(
        "not_found", "There is no such user. List the users with GET /api/v1/users.");

    public static readonly Error EmailTaken = Error.Conflict(
        "email_taken", "Another account has this e-mail address. Sign in with it, or use another address.");

    public static readonly Error InvalidCredentials = Error.Unauthorized(
        "invalid_credentials", "The e-mail address or the password is wrong. Check both and try again.");

    /// <param name="retryAfter">How long the caller should wait before the next try.</param>
    public static Error Busy(TimeSpan retryAfter) => Error.Failure(
        "busy",
        $"More passwords are being checked than the server can keep up with. Try again in {retryAfter.TotalSeconds:0} s.",
        new Dictionary<string, object> { ["retryAfter"] = retryAfter });

    public static readonly Error Inactive = Error.Conflict(
        "user_inactive", "This account is deactivated. An administrator can activate it again with PATCH /api/v1/users/{id}.");

    public static readonly Error SecondFactorNeeded = Error.Forbidden(
        "mfa_required", "This account needs a second factor, which this server cannot check yet. Ask an administrator.");

    public static readonly Error LastAdmin = Error.Conflict(
        "last_admin", "This is the last active administrator. Make another account an administrator first.");
}
