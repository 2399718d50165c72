namespace FaceId.Application.Users;

/// <summary>Makes and reads the signed tokens that name a session.</summary>
public interface IAccessTokens
{
    ValueTask<AccessToken> IssueAsync(int userId, Guid sessionId, CancellationToken cancellationToken);

    /// <returns>Null when it is not a token of ours, was changed, or is over.</returns>
    ValueTask<TokenSubject?> ReadAsync(string token, CancellationToken cancellationToken);
}

public sealed record AccessToken(string Value, TimeSpan Lifetime);

/// <summary>Whom a token names.</summary>
public readonly record struct TokenSubject(int UserId, Guid SessionId);
