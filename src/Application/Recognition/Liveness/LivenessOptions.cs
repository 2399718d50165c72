namespace FaceId.Application.Recognition.Liveness;

/// <summary>How long people have, by the section <c>FaceId:Liveness</c>.</summary>
public sealed record LivenessOptions
{
    /// <summary>How long a session takes frames.</summary>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromSeconds(60);
}
