namespace FaceId.Infrastructure.Users;

/// <summary>How often in a row something was guessed wrong, as stored; see <see cref="AttemptLimiter"/>.</summary>
internal sealed class AttemptCounter(byte[] key, int failures, DateTimeOffset lastFailedAt, DateTimeOffset blockedUntil)
{
    /// <summary>A keyed hash of what is guessed at, so that the table names neither addresses nor people.</summary>
    public byte[] Key { get; private set; } = key;

    public int Failures { get; private set; } = failures;

    public DateTimeOffset LastFailedAt { get; private set; } = lastFailedAt;

    public DateTimeOffset BlockedUntil { get; private set; } = blockedUntil;
}
