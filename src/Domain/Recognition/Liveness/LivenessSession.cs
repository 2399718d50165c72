namespace FaceId.Domain.Recognition.Liveness;

/// <summary>
/// One challenge to a person before a camera: who began it, for whom and for what, and what came of it. What the frames showed is sealed,
/// and gone as soon as the session is refused, used or over.
/// </summary>
public sealed class LivenessSession
{
    /// <summary>How long a passed session waits for its one use.</summary>
    public static readonly TimeSpan Freshness = TimeSpan.FromMinutes(2);

    private LivenessSession(
        Guid id, int? userId, int? actorId, int? apiKeyId, LivenessPurpose purpose, byte[] nonceHash, byte[]? sealedRun, DateTimeOffset createdAt, DateTimeOffset expiresAt)
    {
        Id = id;
        UserId = userId;
        ActorId = actorId;
        ApiKeyId = apiKeyId;
        Purpose = purpose;
        NonceHash = nonceHash;
        SealedRun = sealedRun;
        CreatedAt = createdAt;
        ExpiresAt = expiresAt;
    }

    public Guid Id { get; private set; }

    /// <summary>Whom it is about; null in a search, where that is the question.</summary>
    public int? UserId { get; private set; }

    /// <summary>The account that began it, if a person did.</summary>
    public int? ActorId { get; private set; }

    /// <summary>The API key that began it, if a program did.</summary>
    public int? ApiKeyId { get; private set; }

    public LivenessPurpose Purpose { get; private set; }

    public byte[] NonceHash { get; private set; }

    public byte[]? SealedRun { get; private set; }

    public DateTimeOffset CreatedAt { get; private set; }

    /// <summary>Until when frames are taken; once passed, until when it can be used.</summary>
    public DateTimeOffset ExpiresAt { get; private set; }

    public DateTimeOffset? PassedAt { get; private set; }

    /// <summary>Why it was refused.</summary>
    public string? Refusal { get; private set; }

    public static LivenessSession Begin(
        Guid id, int? userId, int? actorId, int? apiKeyId, LivenessPurpose purpose, byte[] nonceHash, byte[] sealedRun, DateTimeOffset now, TimeSpan lifetime) =>
        new(id, userId, actorId, apiKeyId, purpose, nonceHash, sealedRun, now, now + lifetime);

    public bool TakesFrames(DateTimeOffset now) => PassedAt is null && Refusal is null && SealedRun is not null && now < ExpiresAt;

    /// <summary>Whether it can be used now, once.</summary>
    public bool Serves(LivenessPurpose purpose, int? userId, DateTimeOffset now) =>
        PassedAt is not null && Refusal is null && SealedRun is not null && now < ExpiresAt && Purpose == purpose && UserId == userId;

    public void Keep(byte[] sealedRun) => SealedRun = sealedRun;

    /// <summary>All was shown; what is kept is what the one use needs.</summary>
    public void Pass(byte[] sealedRun, DateTimeOffset now)
    {
        SealedRun = sealedRun;
        PassedAt = now;
        ExpiresAt = now + Freshness;
    }

    public void Refuse(string code)
    {
        Refusal = code;
        SealedRun = null;
    }
}
