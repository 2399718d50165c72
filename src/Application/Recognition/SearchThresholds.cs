using FaceId.Application.Faces;
using FaceId.Application.Recognition.Settings;
using FaceId.Domain.Faces;
using FaceId.Domain.Recognition;

namespace FaceId.Application.Recognition;

/// <summary>
/// How near is near enough in a search: the false match rate that is set for a whole search has an equal part for each face that a
/// stranger may be taken for.
/// </summary>
public sealed class SearchThresholds(Thresholds thresholds, IRecognitionSettings settings)
{
    /// <param name="faces">How many there are to be taken for.</param>
    public Task<SearchRule> IdentifyAsync(int faces, CancellationToken cancellationToken) => RuleAsync(rates => rates.Identify, faces, cancellationToken);

    /// <inheritdoc cref="IdentifyAsync"/>
    public Task<SearchRule> DuplicateAsync(int faces, CancellationToken cancellationToken) => RuleAsync(rates => rates.Duplicate, faces, cancellationToken);

    private async Task<SearchRule> RuleAsync(Func<FalseMatchRates, double> rate, int faces, CancellationToken cancellationToken)
    {
        var asked = rate((await settings.CurrentAsync(cancellationToken)).FalseMatchRates);
        var fused = thresholds.Of(FaceModels.Fused, asked, Math.Max(1, faces));
        var dlib = thresholds.Of(FaceModels.Dlib, asked, Math.Max(1, faces));
        return new SearchRule(new GalleryReach(fused.Distance, dlib.Distance), fused.FalseMatchRate, thresholds.ConfidenceOf);
    }
}

/// <param name="FalseMatchRate">Share of searches for a stranger that come to somebody.</param>
/// <param name="ConfidenceOf">Calibrated probability that it is the same person.</param>
public sealed record SearchRule(GalleryReach Reach, double FalseMatchRate, Func<FaceDistance, double> ConfidenceOf);
