namespace FaceId.Domain.Recognition;

/// <summary>Whether two faces are taken for the same person, and how sure that is.</summary>
/// <param name="Distance">Of the nearest template, by what its model says.</param>
/// <param name="Threshold">Accepted means nearer than this.</param>
/// <param name="Confidence">Calibrated probability that it is the same person, when both are as likely beforehand.</param>
/// <param name="FalseMatchRate">Share of strangers who would be accepted.</param>
public sealed record Decision(bool Accepted, double Distance, double Threshold, double Confidence, double FalseMatchRate, string Model)
{
    /// <summary>The reason logged for a comparison that came to "not the same person".</summary>
    public const string NoMatch = "no_match";

    /// <summary>How many templates a proof is compared with, which keeps its threshold from becoming too strict.</summary>
    public const int ProofTemplates = 5;
}
