namespace FaceId.Application.Recognition.Accuracy;

/// <summary>What became of a photo.</summary>
/// <param name="Refusal">The code by which enrolment refuses it; null for one that passes.</param>
/// <param name="Sample">The only face; of a photo that is refused for several faces the one nearest to the centre, if that was asked for.</param>
public sealed record SampledPhoto(KnownPhoto Photo, string? Refusal, FaceSample? Sample);
