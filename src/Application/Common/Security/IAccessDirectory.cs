using System.Collections.Frozen;
using FaceId.Domain.Users;

namespace FaceId.Application.Common.Security;

/// <summary>
/// Says whom a credential stands for and what they may do now. Answers from memory while nothing changed; a change in the
/// database, by whatever program on whatever node, counts within two seconds. What is not in memory costs a query, which a caller
/// who sent too much that nobody knows does without (<c>fromMemory</c>).
/// </summary>
public interface IAccessDirectory
{
    /// <returns>Null when the session ended or its account was deactivated or erased.</returns>
    ValueTask<SessionAccess?> FindSessionAsync(Guid sessionId, bool fromMemory, CancellationToken cancellationToken);

    /// <returns>Null when no session has this cookie.</returns>
    ValueTask<SessionAccess?> FindSessionByCookieAsync(string cookie, bool fromMemory, CancellationToken cancellationToken);

    /// <returns>Null when there is no such key, or it expired, or its maker may nothing any more.</returns>
    ValueTask<ApiKeyAccess?> FindApiKeyAsync(string key, bool fromMemory, CancellationToken cancellationToken);

    /// <summary>Waits until every change made before this call counts here.</summary>
    Task CatchUpAsync(CancellationToken cancellationToken);
}

/// <summary>A signed-in person's session, as of now.</summary>
/// <param name="PasswordIsGiven">Whether somebody else chose their password, so that they can do nothing but choose another.</param>
/// <param name="ProvenAt">When they last proved who they are.</param>
/// <param name="SecondFactorAt">When they last did so with a second factor.</param>
/// <param name="Generation">Which tokens name the session; see <see cref="Session.Generation"/>.</param>
/// <param name="IsBrowser">Whether a browser's cookie holds it.</param>
public sealed record SessionAccess(
    Guid SessionId,
    int UserId,
    Role Role,
    bool IsVerified,
    bool MfaEnabled,
    bool MfaSetupRequired,
    bool PasswordIsGiven,
    DateTimeOffset ExpiresAt,
    DateTimeOffset ProvenAt,
    DateTimeOffset? SecondFactorAt,
    int Generation,
    bool IsBrowser);

/// <summary>A program's key, as of now.</summary>
/// <param name="Permissions">Its scopes, as far as its maker still has them.</param>
public sealed record ApiKeyAccess(
    int KeyId, int MakerId, FrozenSet<Permission> Permissions, int? RequestsPerSecond, DateTimeOffset? ExpiresAt);
