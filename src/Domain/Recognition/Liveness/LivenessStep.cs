namespace FaceId.Domain.Recognition.Liveness;

/// <summary>How a person is asked to hold their head. Left and right are the person's own, whatever a mirrored preview shows.</summary>
public enum LivenessStep
{
    /// <summary>Look straight into the camera.</summary>
    Center,

    /// <summary>Turn the head to one's own left, which is the right side of an image that is not mirrored.</summary>
    Left,

    /// <summary>Turn the head to one's own right.</summary>
    Right,

    /// <summary>Lift the chin.</summary>
    Up,
}
