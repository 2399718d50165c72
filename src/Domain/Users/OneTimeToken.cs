namespace FaceId.Domain.Users;

/// <summary>A secret that does one thing once, within its time: a link in a mail, or the middle of a sign-in.</summary>
public sealed class OneTimeToken
{
    private OneTimeToken(
        int? userId, TokenPurpose purpose, byte[] tokenHash, string? payload, DateTimeOffset createdAt, DateTimeOffset expiresAt)
    {
        UserId = userId;
        Purpose = purpose;
        TokenHash = tokenHash;
        Payload = payload;
        CreatedAt = createdAt;
        ExpiresAt = expiresAt;
    }

    public long Id { get; private set; }

    /// <summary>Null while it is not known who signs in.</summary>
    public int? UserId { get; private set; }

    public TokenPurpose Purpose { get; private set; }

    public byte[] TokenHash { get; private set; }

    /// <summary>What the purpose needs to remember: a new address, or a passkey's challenge.</summary>
    public string? Payload { get; private set; }

    public DateTimeOffset CreatedAt { get; private set; }

    public DateTimeOffset ExpiresAt { get; private set; }

    /// <returns>The token for the database, and its text, to be shown once.</returns>
    public static (OneTimeToken Token, string Text) Issue(
        TokenPurpose purpose, int? userId, DateTimeOffset now, TimeSpan lifetime, string? payload = null)
    {
        var text = SecretToken.New();
        return (new OneTimeToken(userId, purpose, SecretToken.Hash(text), payload, now, now + lifetime), text);
    }
}

/// <summary>What a one-time token is good for; it is good for nothing else.</summary>
public enum TokenPurpose
{
    VerifyEmail,
    ChangeEmail,
    ResetPassword,

    /// <summary>The password was right; the second factor is due.</summary>
    SecondFactor,
    PasskeyRegistration,
    PasskeySignIn,
    PasskeyProof,

    /// <summary>An administrator took the second factor away; a new one may be set up.</summary>
    MfaEnrolment,
}
