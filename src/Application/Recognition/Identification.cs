using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Faces;
using FaceId.Domain.Faces;
using FluentValidation;

namespace FaceId.Application.Recognition;

/// <summary>The answer to "who is this?".</summary>
/// <param name="Matches">The nearest first; each person once.</param>
/// <param name="Unknown">Whether nobody is near enough.</param>
/// <param name="Threshold">A match is nearer than this.</param>
/// <param name="FalseMatchRate">Share of searches for a stranger that come to somebody.</param>
/// <param name="Model">What the face was compared by. Faces that have only dlib's vector are compared by that.</param>
public sealed record Identification(IReadOnlyList<IdentifiedPerson> Matches, bool Unknown, double Threshold, double FalseMatchRate, string Model)
{
    internal RecognitionFacts Facts => Matches is [var best, ..]
        ? new(Success: true, best.Distance, best.Threshold, best.Confidence, best.Model, best.UserId)
        : new(Success: false, Distance: null, Threshold, Confidence: null, Model);

    internal static Identification Of(string model, IReadOnlyList<GalleryMatch> matches, SearchRule rule) => new(
        [.. matches.Select(match => new IdentifiedPerson(
            match.UserId, match.Name, match.Distance.Value, rule.Reach.Of(match.Distance.Model), rule.ConfidenceOf(match.Distance), match.Distance.Model))],
        Unknown: matches.Count == 0,
        rule.Reach.Of(model),
        rule.FalseMatchRate,
        model);
}

/// <param name="Distance">The smallest over the person's faces.</param>
/// <param name="Threshold">Of the model that this person was found by.</param>
/// <param name="Confidence">Calibrated probability that it is this person, not somebody else, when both are as likely beforehand.</param>
public sealed record IdentifiedPerson(int UserId, string Name, double Distance, double Threshold, double Confidence, string Model);

/// <summary>Among how many was searched.</summary>
public sealed record GallerySize(int People, int Faces);

/// <summary>Milliseconds spent in each stage; total is from the first byte of the photo to the decision.</summary>
public sealed record IdentificationTimings(double Queue, double Decode, double Detect, double Align, double Encode, double Search, double Total);

/// <summary>Looks for people by faces that were read.</summary>
public sealed class Identifier(IFaceGallery gallery, SearchThresholds thresholds, TimeProvider time)
{
    public const int DefaultLimit = 5;
    public const int MaxLimit = 100;

    /// <summary>Whether anybody can be looked for; asked before a photo is analysed, which is what costs.</summary>
    public async Task<ErrorOr<Success>> CheckAsync(CancellationToken cancellationToken)
    {
        var found = await gallery.SearchAsync([], new GalleryQuery(Limit: 1, new GalleryReach(1, 1)), cancellationToken);
        return found.IsError ? found.Errors : Result.Success;
    }

    public async Task<ErrorOr<Found>> FindAsync(IReadOnlyList<FaceOpinions> faces, int limit, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var state = gallery.State;
        var rule = await thresholds.IdentifyAsync(state.Faces, cancellationToken);
        var found = await gallery.SearchAsync(faces, new GalleryQuery(limit, rule.Reach), cancellationToken);
        if (found.IsError)
        {
            return found.Errors;
        }

        return new Found(
            [.. faces.Zip(found.Value, (face, matches) => Identification.Of(face.Model, matches, rule))],
            new GallerySize(state.People, state.Faces),
            Milliseconds.Since(time, started));
    }

    internal static IRuleBuilderOptions<T, int> Rule<T>(IRuleBuilder<T, int> limit) =>
        limit.InclusiveBetween(1, MaxLimit).WithMessage($"Give a limit from 1 to {MaxLimit}.");

    /// <param name="ByFace">In the order of the faces.</param>
    public sealed record Found(IReadOnlyList<Identification> ByFace, GallerySize Gallery, double Milliseconds);
}
