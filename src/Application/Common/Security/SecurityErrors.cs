using ErrorOr;

namespace FaceId.Application.Common.Security;

public static class SecurityErrors
{
    public static readonly Error SignInNeeded = Error.Unauthorized(
        "unauthenticated", "Sign in with POST /api/v1/auth/login and send its accessToken as 'Authorization: Bearer ...', or send an API key as 'X-Api-Key'.");

    public static readonly Error Forbidden = Error.Forbidden(
        "forbidden", "This account or key may not do that. Ask an administrator for a role or scope that may.");

    public static readonly Error OwnAccountOnly = Error.Forbidden(
        "forbidden", "Only a signed-in person can do that, for their own account. API keys have none.");

    public static readonly Error EmailUnverified = Error.Forbidden(
        "email_unverified", "Confirm your e-mail address first: open the link in the mail, or ask for a new one with POST /api/v1/auth/resend-verification.");

    public static readonly Error PasswordChangeRequired = Error.Forbidden(
        "password_change_required", "Somebody else chose this account's password. Choose your own first, with POST /api/v1/me/password.");

    public static readonly Error MfaSetupRequired = Error.Forbidden(
        "mfa_setup_required", "Set up a second factor first, with POST /api/v1/me/mfa/setup or a passkey.");

    public static readonly Error MailedTokenRequired = Error.Forbidden(
        "mailed_token_required", "An administrator removed the second factor of this account. Send the token that was mailed to you then as mailedToken.");

    public static readonly Error ProofNeeded = Error.Forbidden(
        "proof_required", "This needs a fresh proof that it is you. Send one to POST /api/v1/auth/step-up, then try again.");

    public static readonly Error SecondFactorProofNeeded = Error.Forbidden(
        "proof_required", "This needs a fresh proof with your second factor. Send a code, passkey or recovery code to POST /api/v1/auth/step-up, then try again.");
}
