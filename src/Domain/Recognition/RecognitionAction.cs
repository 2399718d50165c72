namespace FaceId.Domain.Recognition;

/// <summary>What recognition_logs.action says.</summary>
public enum RecognitionAction
{
    /// <summary>A template was added.</summary>
    Enroll,

    /// <summary>A 1:1 comparison came to a decision; success says which.</summary>
    Verify,

    /// <summary>A 1:N search came to a decision.</summary>
    Identify,

    /// <summary>The attempt was refused before any decision; reason says why and attempted what it would have been.</summary>
    Failed,
}
