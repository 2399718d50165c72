namespace FaceId.Application.Users.Retention;

/// <summary>How long things are kept, by the section <c>FaceId:Retention</c>; null keeps them until somebody erases them.</summary>
public sealed record RetentionOptions
{
    /// <summary>How long before its erasure an unused account is warned.</summary>
    public static readonly TimeSpan Warning = TimeSpan.FromDays(14);

    /// <summary>Less would lose what other rules go by: who registered, and who was warned.</summary>
    public static readonly TimeSpan LeastSecurityEvents = TimeSpan.FromDays(30);

    /// <summary>Accounts, but administrators', that nobody used for so long are erased.</summary>
    public TimeSpan? InactiveAccounts { get; init; }

    /// <summary>Accounts that people made for themselves and whose address was not verified for so long are erased.</summary>
    public TimeSpan? UnverifiedRegistrations { get; init; } = TimeSpan.FromDays(7);

    public TimeSpan? RecognitionLogs { get; init; }

    public TimeSpan? SecurityEvents { get; init; }

    /// <summary>What is left of mails that were sent: that there was one, of which kind, to whom.</summary>
    public TimeSpan? SentMails { get; init; } = TimeSpan.FromDays(30);

    /// <summary>The same of mails that were given up; somebody may want to know why for longer.</summary>
    public TimeSpan? FailedMails { get; init; } = TimeSpan.FromDays(90);
}
