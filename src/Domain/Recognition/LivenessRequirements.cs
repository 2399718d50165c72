namespace FaceId.Domain.Recognition;

/// <summary>For what a photo alone is not enough, because it may be the photo of a photo.</summary>
public sealed record LivenessRequirements
{
    public bool Verify { get; init; }

    public bool Enrol { get; init; }

    public bool Proof { get; init; }
}
