namespace FaceId.Domain.Recognition;

/// <summary>The rule by which two faces are taken for the same person.</summary>
public static class Decision
{
    /// <summary>
    /// Largest distance of dlib's vectors that counts as the same person until calibration sets it by false match rate.
    /// Stricter than 0.6, the figure of dlib's authors; docs/accuracy.md has the error rates of both.
    /// </summary>
    public const double DefaultThreshold = 0.5;

    /// <summary>The reason logged for a comparison that came to "not the same person".</summary>
    public const string NoMatch = "no_match";

    public static bool IsSamePerson(double distance, double threshold) => distance < threshold;
}
