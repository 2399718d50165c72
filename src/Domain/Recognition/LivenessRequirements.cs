using FaceId.Domain.Recognition.Liveness;

namespace FaceId.Domain.Recognition;

/// <summary>For what a photo alone is not enough, because it may be the photo of a photo.</summary>
public sealed record LivenessRequirements
{
    public bool Verify { get; init; }

    public bool Enrol { get; init; }

    public bool Proof { get; init; }

    public bool Identify { get; init; }

    public bool For(LivenessPurpose purpose) => purpose switch
    {
        LivenessPurpose.Verify => Verify,
        LivenessPurpose.Enroll => Enrol,
        LivenessPurpose.Proof => Proof,
        LivenessPurpose.Identify => Identify,
        _ => throw new ArgumentOutOfRangeException(nameof(purpose), purpose, "A purpose without a setting."),
    };
}
