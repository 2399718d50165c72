namespace FaceId.Domain.Recognition;

/// <summary>The rule by which two faces are taken for the same person.</summary>
public static class Decision
{
    /// <summary>
    /// Largest distance of dlib's vectors that counts as the same person until calibration sets it by false match rate.
    /// Stricter than 0.6, the figure of dlib's authors; docs/accuracy.md has the error rates of both.
    /// </summary>
    public const double DefaultThreshold = 0.5;

    /// <summary>
    /// The same for a proof of who somebody is: 0.0018 % of strangers pass against one template (docs/accuracy.md), so at most 0.01 %
    /// against <see cref="ProofTemplates"/> of them, which NIST SP 800-63B-4 (3.2.3) allows at most.
    /// </summary>
    public const double ProofThreshold = 0.45;

    /// <summary>How many templates a proof is compared with; each more lets more strangers through.</summary>
    public const int ProofTemplates = 5;

    /// <summary>The reason logged for a comparison that came to "not the same person".</summary>
    public const string NoMatch = "no_match";

    public static bool IsSamePerson(double distance, double threshold) => distance < threshold;
}
