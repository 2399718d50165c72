using FaceId.Application.Users.Retention;
using FaceId.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Infrastructure.Users;

internal sealed class AttemptCounters(FaceIdDb db, TimeProvider time) : IAttemptCounters
{
    public Task<int> DropIdleAsync(DateTimeOffset idleSince, bool dryRun, CancellationToken cancellationToken)
    {
        // One that still shuts a door is not idle, however long ago somebody last knocked.
        var now = time.GetUtcNow();
        var idle = db.Set<AttemptCounter>().Where(counter => counter.LastFailedAt < idleSince && counter.BlockedUntil <= now);
        return dryRun ? idle.CountAsync(cancellationToken) : idle.ExecuteDeleteAsync(cancellationToken);
    }
}
