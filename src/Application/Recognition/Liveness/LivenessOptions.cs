using System.Collections.Frozen;
using FaceId.Domain.Recognition.Liveness;

namespace FaceId.Application.Recognition.Liveness;

/// <summary>Where a living person must be shown, by the section <c>FaceId:Liveness</c>.</summary>
public sealed record LivenessOptions
{
    /// <summary>What is refused without a session that passed; nothing by default.</summary>
    public FrozenSet<LivenessPurpose> RequireFor { get; init; } = [];

    /// <summary>How long a session takes frames.</summary>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromSeconds(60);
}
