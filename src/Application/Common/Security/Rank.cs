using FaceId.Domain.Users;

namespace FaceId.Application.Common.Security;

/// <summary>
/// Nobody acts above their own role: operators and API keys look after plain accounts, and only administrators and the console touch
/// the accounts of operators and administrators. Otherwise enrolling one's own face for an administrator would be a way to their account.
/// </summary>
public static class Rank
{
    extension(ICaller caller)
    {
        /// <summary>A signed-in administrator, the operator at the console, or the server itself; never an API key, whatever its scopes.</summary>
        private bool IsAdministrator => caller is { Session.Role: Role.Admin } or { IsKnown: true, Session: null, ApiKey: null };

        /// <summary>Whether the caller may change an account of this role, or give an account this role.</summary>
        public bool MayActOn(int? userId, Role role) =>
            role == Role.User || caller.IsAdministrator || (userId is not null && caller.Session?.UserId == userId);
    }
}
