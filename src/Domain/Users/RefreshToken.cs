namespace FaceId.Domain.Users;

/// <summary>
/// One link in a session's chain of refresh tokens: good once. Used again it has been stolen from one of two holders, and the whole
/// session ends; except that a holder who lost the answer may ask once more, soon after, for as long as nobody has used the successor.
/// </summary>
public sealed class RefreshToken
{
    /// <summary>A second use sooner than this is a race of one client with itself, of which the first one wins.</summary>
    public static readonly TimeSpan RaceWindow = TimeSpan.FromSeconds(1);

    /// <summary>Until when after its use a token may be used again by somebody who lost the answer.</summary>
    public static readonly TimeSpan LostAnswerWindow = TimeSpan.FromSeconds(30);

    internal RefreshToken(byte[] tokenHash, DateTimeOffset createdAt, DateTimeOffset expiresAt)
    {
        TokenHash = tokenHash;
        CreatedAt = createdAt;
        ExpiresAt = expiresAt;
    }

    public long Id { get; private set; }

    public Guid SessionId { get; private set; }

    public byte[] TokenHash { get; private set; }

    public DateTimeOffset CreatedAt { get; private set; }

    public DateTimeOffset ExpiresAt { get; private set; }

    public DateTimeOffset? UsedAt { get; private set; }

    /// <summary>Whether the one repeat for a lost answer has been taken.</summary>
    public bool Repeated { get; private set; }

    /// <summary>What presenting this token comes to.</summary>
    /// <param name="successorUsed">Whether a token issued after this one has been used.</param>
    public RefreshOutcome Use(bool successorUsed, DateTimeOffset now)
    {
        if (ExpiresAt <= now)
        {
            return RefreshOutcome.Expired;
        }

        if (UsedAt is not { } used)
        {
            UsedAt = now;
            return RefreshOutcome.Renewed;
        }

        if (now - used < RaceWindow)
        {
            return RefreshOutcome.Raced;
        }

        if (Repeated || successorUsed || now - used > LostAnswerWindow)
        {
            return RefreshOutcome.Reused;
        }

        Repeated = true;
        return RefreshOutcome.Renewed;
    }

    /// <summary>Makes a token that never reached its holder count as used, so that presenting it later is found out.</summary>
    public void Void(DateTimeOffset now)
    {
        UsedAt = now;
        Repeated = true;
    }
}

public enum RefreshOutcome
{
    /// <summary>A new token is due.</summary>
    Renewed,

    /// <summary>Another request with the same token was a moment faster; nothing is wrong.</summary>
    Raced,

    Expired,

    /// <summary>Somebody else holds this token too.</summary>
    Reused,
}
