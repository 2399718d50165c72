using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Faces;
using FaceId.Application.Users;
using FaceId.Domain.Faces;
using FaceId.Domain.Recognition;
using MediatR;

namespace FaceId.Application.Recognition;

/// <summary>
/// Decides, more strictly than a verification, whether the face in a photo proves who somebody is: by the templates they enrolled
/// themselves, and five failures an hour at most. A photo that is refused before it is compared tells nothing and counts for nothing.
/// </summary>
[Internal]
public sealed record ProveFace(int UserId, IPhoto Photo) : IQuery<Verification>, IRecognitionAttempt
{
    public RecognitionAction Attempted => RecognitionAction.Verify;

    int? IRecognitionAttempt.SubjectId => UserId;

    internal sealed class Handler(IMediator mediator, SingleFace singleFace, IAttemptLimiter limiter, TimeProvider time)
        : IRequestHandler<ProveFace, ErrorOr<Verification>>
    {
        public async Task<ErrorOr<Verification>> Handle(ProveFace request, CancellationToken cancellationToken)
        {
            var started = time.GetTimestamp();
            var templates = await mediator.Send(new OpenTemplates(request.UserId, FaceModels.Dlib, Decision.ProofTemplates), cancellationToken);
            if (templates.IsError)
            {
                return templates.Errors;
            }

            var encoded = await singleFace.EncodeAsync(request.Photo, PhotoUse.Comparison, cancellationToken);
            if (encoded.IsError)
            {
                return encoded.Errors;
            }

            Guess[] guesses = [new(GuessKind.Face, $"{request.UserId}")];
            var allowed = await limiter.BeginAsync(guesses, cancellationToken);
            if (allowed.IsError)
            {
                return allowed.Errors;
            }

            var (probe, quality, stages) = encoded.Value;
            var decision = Verification.Decide(
                templates.Value.Min(probe.DistanceTo),
                probe.Model,
                [quality],
                new VerificationTimings(stages.Queue, stages.Decode, stages.Detect, stages.Align, stages.Encode, Milliseconds.Since(time, started)),
                Decision.ProofThreshold);
            if (decision.Verified)
            {
                await limiter.ForgetAsync(guesses, cancellationToken);
            }

            return decision;
        }
    }
}
