using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Faces;
using FaceId.Application.Recognition.Liveness;
using FaceId.Application.Recognition.Settings;
using FaceId.Application.Users;
using FaceId.Domain.Faces;
using FaceId.Domain.Recognition;
using FaceId.Domain.Recognition.Liveness;
using FaceId.Domain.Users;
using MediatR;

namespace FaceId.Application.Recognition;

/// <summary>Decides whether the face in a photo is a certain person's, by all their templates.</summary>
/// <param name="LivenessSession">A liveness session that passed, whose face the photo shows.</param>
[Requires(Permission.VerifyFaces, OrOwner = true)]
public sealed record VerifyFace(int UserId, IPhoto Photo, Guid? LivenessSession = null) : IQuery<Verification>, IRecognitionAttempt, IAboutUser
{
    public RecognitionAction Attempted => RecognitionAction.Verify;

    int? IRecognitionAttempt.SubjectId => UserId;

    internal sealed class Handler(
        IMediator mediator, SingleFace singleFace, LivenessGate liveness, Thresholds thresholds, IRecognitionSettings settings, TimeProvider time)
        : IRequestHandler<VerifyFace, ErrorOr<Verification>>
    {
        public async Task<ErrorOr<Verification>> Handle(VerifyFace request, CancellationToken cancellationToken)
        {
            var started = time.GetTimestamp();

            // Asked before the photo is analysed, which is what costs.
            var person = await mediator.Send(new FindPerson(request.UserId), cancellationToken);
            if (person.IsError)
            {
                return person.Errors;
            }

            if (!person.Value.IsActive)
            {
                return UserErrors.Inactive;
            }

            var templates = await mediator.Send(new OpenTemplates(request.UserId), cancellationToken);
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
            var probed = await liveness.ProbeAsync(LivenessPurpose.Verify, request.UserId, request.LivenessSession, photo, cancellationToken);
            if (probed.IsError)
            {
                return probed.Errors;
            }

            var probe = probed.Value;
            var rates = (await settings.CurrentAsync(cancellationToken)).FalseMatchRates;
            var decision = thresholds.Decide(probe, [.. templates.Value.Select(face => face.Opinions)], rates.Verify);
            if (decision.Accepted)
            {
                await UpgradeAsync(request.UserId, probe, templates.Value, cancellationToken);
            }

            return Verification.Of(decision, [quality], VerificationTimings.Of(stages, time, started));
        }

        /// <summary>
        /// What a stranger who passed once leaves behind would let them pass ever after, so this is done only where a tenth of them would
        /// have passed.
        /// </summary>
        private async Task UpgradeAsync(int userId, FaceOpinions probe, IReadOnlyList<OpenTemplates.Face> faces, CancellationToken cancellationToken)
        {
            var current = await settings.CurrentAsync(cancellationToken);
            if (!current.UpgradeAtVerification || probe.Template is null || !faces.Any(face => face.Opinions.Template is null))
            {
                return;
            }

            foreach (var face in faces.Where(face => face.Opinions.Template is null))
            {
                if (thresholds.Decide(probe.DistanceTo(face.Opinions), current.FalseMatchRates.Verify / 10, faces.Count).Accepted)
                {
                    await mediator.Send(new UpgradeFace(userId, face.Id, probe), cancellationToken);
                    return;
                }
            }
        }
    }
}
