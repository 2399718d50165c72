using System.Globalization;
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

    public static readonly Error PasswordOver = Error.Unauthorized(
        "password_over", "This password was given to you for the first days only, and they are over. Choose your own with POST /api/v1/auth/forgot-password.");

    public static readonly Error MailedEnough = Error.Failure(
        "rate_limited", "This account has been sent as many of these mails as it may get within an hour. Try again later.");

    /// <param name="retryAfter">How long the caller should wait before the next try.</param>
    public static Error Busy(TimeSpan retryAfter) => Error.Failure(
        "busy",
        $"More passwords are being checked than the server can keep up with. Try again in {retryAfter.TotalSeconds:0} s.",
        new Dictionary<string, object> { ["retryAfter"] = retryAfter });

    public static readonly Error Inactive = Error.Conflict(
        "user_inactive", "This account is deactivated. An administrator can activate it again with PATCH /api/v1/users/{id}.");

    public static readonly Error LastAdmin = Error.Conflict(
        "last_admin", "This is the last active administrator. Make another account an administrator first.");

    public static readonly Error InvalidToken = Error.Validation(
        "invalid_token", "This token is unknown, used or over. Ask for a new one.");

    public static readonly Error InvalidRefreshToken = Error.Unauthorized(
        "invalid_refresh_token", "This refresh token is unknown, used or over. Sign in again.");

    public static readonly Error RefreshRaced = Error.Conflict(
        "refresh_raced", "Another request has just used this refresh token. Go on with the tokens it was answered.");

    public static readonly Error InvalidCode = Error.Unauthorized(
        "invalid_code", "The code is wrong, over or was used before. Wait for the next one, and check the clock of the device that shows it.");

    public static readonly Error MfaNotEnabled = Error.Conflict(
        "mfa_not_enabled", "This account has no second factor. Set one up with POST /api/v1/me/mfa/setup.");

    public static readonly Error MfaSetupMissing = Error.Conflict(
        "mfa_setup_missing", "Begin with POST /api/v1/me/mfa/setup, and confirm with a code of the app that it was added to.");

    public static readonly Error WrongPassword = Error.Unauthorized(
        "invalid_credentials", "The password is wrong. Check it and try again.");

    public static readonly Error InvalidPasskey = Error.Unauthorized(
        "invalid_passkey", "The passkey's answer does not fit the challenge, or the passkey is unknown here. Begin again.");

    public static readonly Error PasskeyMissing = Error.Conflict(
        "no_passkey", "This account has no passkey. Add one with POST /api/v1/me/passkeys/options.");

    public static readonly Error FaceNotRecognised = Error.Unauthorized(
        "face_not_recognised", "The face in the photo does not match this account's. Send another photo, or prove yourself with a code.");

    public static readonly Error TooManyPasskeys = Error.Conflict(
        "too_many_passkeys", $"A person can have {Passkey.MaxPerUser} passkeys. Delete one first.");

    public static readonly Error SessionNotFound = Error.NotFound(
        "not_found", "There is no such session. List them with GET on the same path without the last part.");

    public static readonly Error PasskeyNotFound = Error.NotFound(
        "not_found", "There is no such passkey. List them with GET on the same path without the last part.");

    public static readonly Error ApiKeyNotFound = Error.NotFound(
        "not_found", "There is no such API key. List them with GET /api/v1/api-keys.");

    public static Error TooManyApiKeys(int most) => Error.Conflict(
        "too_many_api_keys", string.Create(CultureInfo.InvariantCulture, $"A person can have {most} API keys. Revoke one first."));

    public static readonly Error ConsentRequired = Error.Conflict(
        "consent_required", "The person has not agreed to have their face enrolled. They can with POST /api/v1/me/consent; an operator records it with POST /api/v1/users/{id}/consent.");

    /// <param name="wait">Null when waiting does not help.</param>
    public static Error TooManyAttempts(TimeSpan? wait) => wait is { } time
        ? Error.Failure(
            "too_many_attempts",
            string.Create(CultureInfo.InvariantCulture, $"Too many failed attempts. Try again in {Math.Ceiling(time.TotalSeconds)} s."),
            new Dictionary<string, object> { ["retryAfter"] = time })
        : Error.Failure(
            "too_many_attempts",
            "Too many failed attempts. Sign in on a device you have used before, or set a new password with POST /api/v1/auth/forgot-password.");
}
