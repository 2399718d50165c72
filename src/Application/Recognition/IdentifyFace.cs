using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Faces;
using FaceId.Application.Recognition.Liveness;
using FaceId.Domain.Recognition;
using FaceId.Domain.Recognition.Liveness;
using FluentValidation;
using MediatR;

namespace FaceId.Application.Recognition;

/// <summary>Says whose the one face in a photo is, of all people who have enrolled one, or that it is nobody's.</summary>
/// <param name="Limit">How many people to name at most.</param>
/// <param name="LivenessSession">A liveness session that passed, whose face the photo shows.</param>
[Requires(Permission.IdentifyFaces)]
public sealed record IdentifyFace(IPhoto Photo, int Limit, Guid? LivenessSession = null) : IQuery<IdentifyFace.Response>, IRecognitionAttempt
{
    public RecognitionAction Attempted => RecognitionAction.Identify;

    int? IRecognitionAttempt.SubjectId => null;

    /// <inheritdoc cref="Identification"/>
    /// <param name="Quality">The score of the photo, 0 to 1.</param>
    /// <param name="Photo">What was measured on it. A poor one may be the reason why somebody was not recognised.</param>
    public sealed record Response(
        IReadOnlyList<IdentifiedPerson> Matches,
        bool Unknown,
        double Threshold,
        double FalseMatchRate,
        string Model,
        double Quality,
        QualityReport Photo,
        GallerySize Gallery,
        IdentificationTimings Timings) : IRecognitionOutcome
    {
        RecognitionFacts IRecognitionOutcome.Facts => new Identification(Matches, Unknown, Threshold, FalseMatchRate, Model).Facts;
    }

    internal sealed class Validator : AbstractValidator<IdentifyFace>
    {
        public Validator() => Identifier.Rule(RuleFor(request => request.Limit));
    }

    internal sealed class Handler(SingleFace singleFace, LivenessGate liveness, Identifier identifier, TimeProvider time) : IRequestHandler<IdentifyFace, ErrorOr<Response>>
    {
        public async Task<ErrorOr<Response>> Handle(IdentifyFace request, CancellationToken cancellationToken)
        {
            var started = time.GetTimestamp();
            var ready = await identifier.CheckAsync(cancellationToken);
            if (ready.IsError)
            {
                return ready.Errors;
            }

            var encoded = await singleFace.EncodeAsync(request.Photo, PhotoUse.Comparison, cancellationToken);
            if (encoded.IsError)
            {
                return encoded.Errors;
            }

            var (photo, quality, stages) = encoded.Value;
            var probed = await liveness.ProbeAsync(LivenessPurpose.Identify, userId: null, request.LivenessSession, photo, cancellationToken);
            if (probed.IsError)
            {
                return probed.Errors;
            }

            var found = await identifier.FindAsync([probed.Value], request.Limit, cancellationToken);
            if (found.IsError)
            {
                return found.Errors;
            }

            var ((matches, unknown, threshold, falseMatchRate, model), (gallery, search)) = (found.Value.ByFace[0], (found.Value.Gallery, found.Value.Milliseconds));
            return new Response(matches, unknown, threshold, falseMatchRate, model, quality.Quality, quality, gallery, new IdentificationTimings(
                stages.Queue, stages.Decode, stages.Detect, stages.Align, stages.Encode, search, Milliseconds.Since(time, started)));
        }
    }
}
