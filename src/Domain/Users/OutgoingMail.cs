namespace FaceId.Domain.Users;

/// <summary>
/// One mail on its way out: written together with the event it tells of, sent afterwards. What it says is kept only until it
/// is sent or given up, so that no token stays behind; the row itself stays, and keeps the event from being told twice.
/// </summary>
public sealed class OutgoingMail
{
    public const int MaxDedupeKeyLength = 200;
    public const int MaxErrorLength = 200;

    /// <summary>How long delivery is tried before the mail is given up.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromDays(3);

    /// <summary>The wait after the first failure; it doubles from one to the next.</summary>
    public static readonly TimeSpan FirstWait = TimeSpan.FromMinutes(1);

    public static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);

    private OutgoingMail(MailKind kind, string dedupeKey, int? userId, byte[]? protectedContent, DateTimeOffset createdAt)
    {
        Kind = kind;
        DedupeKey = dedupeKey;
        UserId = userId;
        ProtectedContent = protectedContent;
        CreatedAt = createdAt;
        NextAttemptAt = createdAt;
    }

    public long Id { get; private set; }

    /// <summary>Whom it concerns; no foreign key, because the last mail to a person is sent after their row is gone.</summary>
    public int? UserId { get; private set; }

    public MailKind Kind { get; private set; }

    /// <summary>Names the event; a second mail of the same event is not taken. Holds no personal data.</summary>
    public string DedupeKey { get; private set; }

    /// <summary>Recipient, subject and text, encrypted; null once they are of no use any more.</summary>
    public byte[]? ProtectedContent { get; private set; }

    public DateTimeOffset CreatedAt { get; private set; }

    public DateTimeOffset NextAttemptAt { get; private set; }

    /// <summary>Attempts made, the successful one too.</summary>
    public int Attempts { get; private set; }

    public DateTimeOffset? SentAt { get; private set; }

    /// <summary>When it was given up.</summary>
    public DateTimeOffset? FailedAt { get; private set; }

    /// <summary>Why the last attempt failed, without personal data; null when none did or it is sent.</summary>
    public string? LastError { get; private set; }

    /// <param name="dedupeKey">Names the event, without personal data: <c>password-changed:7:2026-11-24T10:00:00Z</c>.</param>
    public static OutgoingMail Create(MailKind kind, string dedupeKey, int? userId, byte[] protectedContent, DateTimeOffset now)
    {
        ArgumentException.ThrowIfNullOrEmpty(dedupeKey);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(dedupeKey.Length, MaxDedupeKeyLength);
        return new OutgoingMail(kind, dedupeKey, userId, protectedContent, now);
    }

    public void MarkSent(DateTimeOffset now)
    {
        Attempts++;
        SentAt = now;
        ProtectedContent = null;
        LastError = null;
    }

    /// <summary>An attempt failed that may succeed later: the next one comes after a growing wait, until patience ends.</summary>
    public void Postpone(string error, DateTimeOffset now)
    {
        var wait = WaitAfter(Attempts + 1);
        if (now + wait > CreatedAt + Patience)
        {
            GiveUp(error, now);
            return;
        }

        Attempts++;
        LastError = Shorten(error);
        NextAttemptAt = now + wait;
    }

    /// <summary>An attempt failed in a way that no other attempt can mend.</summary>
    public void GiveUp(string error, DateTimeOffset now)
    {
        Attempts++;
        LastError = Shorten(error);
        FailedAt = now;
        ProtectedContent = null;
    }

    private static TimeSpan WaitAfter(int failures)
    {
        var doublings = Math.Min(failures - 1, 10);
        var wait = FirstWait * (1 << doublings);
        return wait < LongestWait ? wait : LongestWait;
    }

    private static string Shorten(string error) => error.Length <= MaxErrorLength ? error : error[..MaxErrorLength];
}
