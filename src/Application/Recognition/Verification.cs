using FaceId.Application.Faces;
using FaceId.Domain.Recognition;

namespace FaceId.Application.Recognition;

/// <summary>The answer to "is this the same person?".</summary>
/// <param name="Distance">Euclidean distance of the two vectors, the smallest over all the person's templates.</param>
/// <param name="Threshold">Verified means nearer than this.</param>
/// <param name="Confidence">Probability that it is the same person; null until the model is calibrated.</param>
/// <param name="FalseMatchRate">Share of strangers who would pass at this threshold; null until the model is calibrated.</param>
/// <param name="Model">The network whose vectors were compared.</param>
/// <param name="Quality">The score of the photo, 0 to 1; of two photos, the lower one.</param>
/// <param name="Photos">What was measured on each photo, in their order. A poor one may be the reason why the same person was not recognised.</param>
public sealed record Verification(
    bool Verified,
    double Distance,
    double Threshold,
    double? Confidence,
    double? FalseMatchRate,
    string Model,
    double Quality,
    IReadOnlyList<QualityReport> Photos,
    VerificationTimings Timings) : IRecognitionOutcome
{
    RecognitionFacts IRecognitionOutcome.Facts => new(Verified, Distance, Threshold, Confidence, Model);

    public static Verification Decide(
        double distance, string model, IReadOnlyList<QualityReport> photos, VerificationTimings timings, double threshold = Decision.DefaultThreshold) => new(
        Decision.IsSamePerson(distance, threshold),
        distance,
        threshold,
        Confidence: null,
        FalseMatchRate: null,
        model,
        photos.Min(photo => photo.Quality),
        photos,
        timings);
}

/// <summary>Milliseconds spent in each stage; of two photos, in both. Total is from the first byte of the photo to the decision.</summary>
public sealed record VerificationTimings(double Queue, double Decode, double Detect, double Align, double Encode, double Total);
