using FaceId.Domain.Users;

namespace FaceId.Application.Users;

/// <summary>Makes and reads the signed tokens that name a session.</summary>
public interface IAccessTokens
{
    ValueTask<AccessToken> IssueAsync(Session session, CancellationToken cancellationToken);

    /// <returns>Null when it is not a token of ours, was changed, or is over.</returns>
    ValueTask<TokenSubject?> ReadAsync(string token, CancellationToken cancellationToken);
}

public sealed record AccessToken(string Value, TimeSpan Lifetime);

/// <summary>Whom a token names.</summary>
/// <param name="Generation">The session's when the token was made; another one by now means that new tokens took its place.</param>
public readonly record struct TokenSubject(int UserId, Guid SessionId, int Generation);
