using Hangfire.Common;
using Hangfire.States;
using Hangfire.Storage;

namespace FaceId.Infrastructure.Jobs;

/// <summary>How long the record of a finished job is kept; without this it is a day, which jobs of every minute do not deserve.</summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Class)]
internal sealed class KeepForAttribute(int minutes) : JobFilterAttribute, IApplyStateFilter
{
    public int Minutes { get; } = minutes;

    public void OnStateApplied(ApplyStateContext context, IWriteOnlyTransaction transaction) =>
        context.JobExpirationTimeout = TimeSpan.FromMinutes(Minutes);

    public void OnStateUnapplied(ApplyStateContext context, IWriteOnlyTransaction transaction) =>
        context.JobExpirationTimeout = TimeSpan.FromMinutes(Minutes);
}
