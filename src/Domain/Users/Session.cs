namespace FaceId.Domain.Users;

/// <summary>
/// One sign-in of one person on one device, from then until it ends; the root of its refresh tokens. Ending it deletes it, and every
/// token that names it is refused from then on.
/// </summary>
public sealed class Session
{
    private readonly List<RefreshToken> _refreshTokens = [];

    private Session(Guid id, int userId, string? ipAddress, string? userAgent, DateTimeOffset createdAt, DateTimeOffset expiresAt)
    {
        Id = id;
        UserId = userId;
        IpAddress = ipAddress;
        UserAgent = userAgent;
        CreatedAt = createdAt;
        LastSeenAt = createdAt;
        ExpiresAt = expiresAt;
        ProvenAt = createdAt;
    }

    public Guid Id { get; private set; }

    public int UserId { get; private set; }

    public string? IpAddress { get; private set; }

    public string? UserAgent { get; private set; }

    public DateTimeOffset CreatedAt { get; private set; }

    /// <summary>To about a minute.</summary>
    public DateTimeOffset LastSeenAt { get; private set; }

    /// <summary>When it ends however busy it is.</summary>
    public DateTimeOffset ExpiresAt { get; private set; }

    /// <summary>When the person last proved who they are.</summary>
    public DateTimeOffset ProvenAt { get; private set; }

    /// <summary>When they last did so with a second factor or a passkey.</summary>
    public DateTimeOffset? SecondFactorAt { get; private set; }

    /// <summary>Goes up with every proof of who the person is: tokens of an earlier generation are refused.</summary>
    public int Generation { get; private set; }

    /// <summary>The hash of the browser's cookie; null for a session of tokens.</summary>
    public byte[]? CookieHash { get; private set; }

    public IReadOnlyList<RefreshToken> RefreshTokens => _refreshTokens;

    public static Session Start(
        int userId, bool secondFactor, string? ipAddress, string? userAgent, DateTimeOffset now, TimeSpan lifetime) =>
        new(Guid.CreateVersion7(now), userId, ipAddress, userAgent, now, now + lifetime)
        {
            SecondFactorAt = secondFactor ? now : null,
        };

    /// <summary>Makes this a session of a browser.</summary>
    /// <returns>The cookie's value, to be shown once.</returns>
    public string IssueCookie()
    {
        var cookie = SecretToken.New();
        CookieHash = SecretToken.Hash(cookie);
        return cookie;
    }

    /// <returns>A new refresh token, to be shown once.</returns>
    public string IssueRefreshToken(DateTimeOffset now, TimeSpan idleTimeout)
    {
        var token = SecretToken.New();
        var expires = now + idleTimeout;
        _refreshTokens.Add(new RefreshToken(SecretToken.Hash(token), now, expires < ExpiresAt ? expires : ExpiresAt));
        LastSeenAt = now;
        return token;
    }

    /// <summary>Whatever names the session until now names it no longer.</summary>
    public void Renew() => Generation++;

    /// <summary>Notes a proof of who the person is.</summary>
    public void Prove(bool secondFactor, DateTimeOffset now)
    {
        ProvenAt = now;
        if (secondFactor)
        {
            SecondFactorAt = now;
        }
    }
}
