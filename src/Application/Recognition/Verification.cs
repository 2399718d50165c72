using FaceId.Application.Common;
using FaceId.Application.Faces;
using FaceId.Domain.Recognition;

namespace FaceId.Application.Recognition;

/// <summary>The answer to "is this the same person?".</summary>
/// <param name="Distance">Euclidean distance of the two faces by <paramref name="Model"/>; of a person with several templates, to the nearest.</param>
/// <param name="Threshold">Verified means nearer than this.</param>
/// <param name="Confidence">Calibrated probability that it is the same person, when both are as likely beforehand.</param>
/// <param name="FalseMatchRate">Share of strangers who would pass at this threshold.</param>
/// <param name="Model">What was compared: <c>faceid-fused-v1</c> rests on both networks, <c>dlib-resnet-v1</c> on dlib's alone.</param>
/// <param name="Quality">The score of the photo, 0 to 1; of two photos, the lower one.</param>
/// <param name="Photos">What was measured on each photo, in their order. A poor one may be the reason why the same person was not recognised.</param>
public sealed record Verification(
    bool Verified,
    double Distance,
    double Threshold,
    double Confidence,
    double FalseMatchRate,
    string Model,
    double Quality,
    IReadOnlyList<QualityReport> Photos,
    VerificationTimings Timings) : IRecognitionOutcome
{
    RecognitionFacts IRecognitionOutcome.Facts => new(Verified, Distance, Threshold, Confidence, Model);

    public static Verification Of(Decision decision, IReadOnlyList<QualityReport> photos, VerificationTimings timings) => new(
        decision.Accepted,
        decision.Distance,
        decision.Threshold,
        decision.Confidence,
        decision.FalseMatchRate,
        decision.Model,
        photos.Min(photo => photo.Quality),
        photos,
        timings);
}

/// <summary>Milliseconds spent in each stage; of two photos, in both. Total is from the first byte of the photo to the decision.</summary>
public sealed record VerificationTimings(double Queue, double Decode, double Detect, double Align, double Encode, double Total)
{
    public static VerificationTimings Of(StageTimings stages, TimeProvider time, long started) =>
        new(stages.Queue, stages.Decode, stages.Detect, stages.Align, stages.Encode, Milliseconds.Since(time, started));
}
