using ErrorOr;

namespace FaceId.Application.Common.Security;

public static class SecurityErrors
{
    public static readonly Error SignInNeeded = Error.Unauthorized(
        "unauthenticated", "Sign in with POST /api/v1/auth/login and send its accessToken as 'Authorization: Bearer ...'.");

    public static readonly Error Forbidden = Error.Forbidden(
        "forbidden", "This account may not do that. Ask an administrator for a role that may.");
}
