namespace FaceId.Domain.Recognition;

/// <summary>What a distance means, were it the threshold (the two rates) and were it measured (the confidence).</summary>
/// <param name="FalseMatch">Share of pairs of two people that are nearer.</param>
/// <param name="FalseNonMatch">Share of pairs of one person that are not nearer, every person counting the same.</param>
/// <param name="Confidence">Probability that two photos at this distance show one person, when before it was as likely as not.</param>
public sealed record CalibrationPoint(double Distance, CalibratedRate FalseMatch, CalibratedRate FalseNonMatch, double Confidence);
