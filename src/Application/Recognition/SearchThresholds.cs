using FaceId.Application.Faces;
using FaceId.Domain.Faces;

namespace FaceId.Application.Recognition;

/// <summary>
/// How near is near enough in a search among many people. The one place that knows: constants, until the false match rate that is set for a
/// search, divided by the number of people, is turned into distances by calibration.
/// </summary>
public sealed class SearchThresholds
{
    private const double Fused = 1.0;
    private const double Dlib = 0.5;

    private readonly SearchRule _constant = new(new GalleryReach(Fused, Dlib), FalseMatchRate: null, ConfidenceOf: _ => null);

    /// <param name="people">How many there are to be taken for.</param>
    public ValueTask<SearchRule> IdentifyAsync(int people, CancellationToken cancellationToken) => ValueTask.FromResult(_constant);

    /// <inheritdoc cref="IdentifyAsync"/>
    public ValueTask<SearchRule> DuplicateAsync(int people, CancellationToken cancellationToken) => ValueTask.FromResult(_constant);
}

/// <param name="FalseMatchRate">Share of searches for a stranger that come to somebody; null while it is not known.</param>
/// <param name="ConfidenceOf">Probability that it is the same person; null while it is not known.</param>
public sealed record SearchRule(GalleryReach Reach, double? FalseMatchRate, Func<FaceDistance, double?> ConfidenceOf);
