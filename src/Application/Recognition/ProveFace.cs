using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Faces;
using FaceId.Application.Recognition.Liveness;
using FaceId.Application.Recognition.Settings;
using FaceId.Application.Users;
using FaceId.Domain.Recognition;
using FaceId.Domain.Recognition.Liveness;
using MediatR;

namespace FaceId.Application.Recognition;

/// <summary>
/// Decides, more strictly than a verification, whether the face in a photo proves who somebody is: by the templates they enrolled
/// themselves, and five failures an hour at most. A photo that is refused before it is compared tells nothing and counts for nothing.
/// </summary>
[Internal]
public sealed record ProveFace(int UserId, IPhoto Photo, Guid? LivenessSession = null) : IQuery<Verification>, IRecognitionAttempt
{
    public RecognitionAction Attempted => RecognitionAction.Verify;

    int? IRecognitionAttempt.SubjectId => UserId;

    internal sealed class Handler(IMediator mediator, SingleFace singleFace, LivenessGate liveness, Thresholds thresholds, IRecognitionSettings settings, IAttemptLimiter limiter, TimeProvider time)
        : IRequestHandler<ProveFace, ErrorOr<Verification>>
    {
        public async Task<ErrorOr<Verification>> Handle(ProveFace request, CancellationToken cancellationToken)
        {
            var started = time.GetTimestamp();
            var templates = await mediator.Send(new OpenTemplates(request.UserId, Decision.ProofTemplates), cancellationToken);
            if (templates.IsError)
            {
                return templates.Errors;
            }

            var encoded = await singleFace.EncodeAsync(request.Photo, PhotoUse.Comparison, cancellationToken);
            if (encoded.IsError)
            {
                return encoded.Errors;
            }

            var (photo, quality, stages) = encoded.Value;
            var probed = await liveness.ProbeAsync(LivenessPurpose.Proof, request.UserId, request.LivenessSession, photo, cancellationToken);
            if (probed.IsError)
            {
                return probed.Errors;
            }

            var probe = probed.Value;
            Guess[] guesses = [new(GuessKind.Face, $"{request.UserId}")];
            var allowed = await limiter.BeginAsync(guesses, cancellationToken);
            if (allowed.IsError)
            {
                return allowed.Errors;
            }

            var rate = (await settings.CurrentAsync(cancellationToken)).FalseMatchRates.Proof;
            var decision = thresholds.Decide(probe, [.. templates.Value.Select(face => face.Opinions)], rate);
            if (decision.Accepted)
            {
                await limiter.ForgetAsync(guesses, cancellationToken);
            }

            return Verification.Of(decision, [quality], VerificationTimings.Of(stages, time, started));
        }
    }
}
