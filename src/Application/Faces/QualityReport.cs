namespace FaceId.Application.Faces;

/// <summary>How good a photo's face is, as answers tell it.</summary>
/// <param name="Quality">The score of <see cref="FaceQuality"/>, 0 to 1.</param>
/// <param name="Measurements">All that was measured.</param>
/// <param name="Crossed">The limits for which the photo would be refused at enrolment.</param>
public sealed record QualityReport(double Quality, FaceQuality Measurements, IReadOnlyList<CrossedLimit> Crossed)
{
    public static QualityReport Of(FaceQuality face, QualityOptions options) => new(face.Score, face, options.Enrolment.CrossedBy(face));
}
