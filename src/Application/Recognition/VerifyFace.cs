using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Faces;
using FaceId.Application.Users;
using FaceId.Domain.Faces;
using FaceId.Domain.Recognition;
using FaceId.Domain.Users;
using MediatR;

namespace FaceId.Application.Recognition;

/// <summary>Decides whether the face in a photo is a certain person's, by all their templates.</summary>
[Requires(Permission.VerifyFaces, OrOwner = true)]
public sealed record VerifyFace(int UserId, IPhoto Photo) : IQuery<Verification>, IRecognitionAttempt, IAboutUser
{
    public RecognitionAction Attempted => RecognitionAction.Verify;

    int? IRecognitionAttempt.SubjectId => UserId;

    internal sealed class Handler(IMediator mediator, SingleFace singleFace, TimeProvider time)
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

            var templates = await mediator.Send(new OpenTemplates(request.UserId, FaceModels.Dlib), cancellationToken);
            if (templates.IsError)
            {
                return templates.Errors;
            }

            var encoded = await singleFace.EncodeAsync(request.Photo, PhotoUse.Comparison, cancellationToken);
            if (encoded.IsError)
            {
                return encoded.Errors;
            }

            var (probe, quality, stages) = encoded.Value;
            var distance = templates.Value.Min(probe.DistanceTo);
            return Verification.Decide(distance, probe.Model, [quality], new VerificationTimings(
                stages.Queue, stages.Decode, stages.Detect, stages.Align, stages.Encode, Milliseconds.Since(time, started)));
        }
    }
}
