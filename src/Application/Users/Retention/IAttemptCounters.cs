namespace FaceId.Application.Users.Retention;

/// <summary>The counters of failed attempts, as far as nobody needs them any more.</summary>
public interface IAttemptCounters
{
    /// <summary>Counts, or drops, those that block nobody and did not count since.</summary>
    Task<int> DropIdleAsync(DateTimeOffset idleSince, bool dryRun, CancellationToken cancellationToken);
}
