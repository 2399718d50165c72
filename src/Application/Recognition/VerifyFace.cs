using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Faces;
using FaceId.Domain.Faces;
using FaceId.Domain.Recognition;
using FaceId.Domain.Users;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Recognition;

/// <summary>Decides whether the face in a photo is a certain person's, by all their templates.</summary>
[Requires(Permission.ManageFaces, OrOwner = true)]
public sealed record VerifyFace(int UserId, IPhoto Photo) : IQuery<Verification>, IRecognitionAttempt, IAboutUser
{
    public RecognitionAction Attempted => RecognitionAction.Verify;

    int? IRecognitionAttempt.SubjectId => UserId;

    internal sealed class Handler(IFaceIdDb db, SingleFace singleFace, ITemplateVault vault, TimeProvider time)
        : IRequestHandler<VerifyFace, ErrorOr<Verification>>
    {
        public async Task<ErrorOr<Verification>> Handle(VerifyFace request, CancellationToken cancellationToken)
        {
            var started = time.GetTimestamp();
            var person = await db.Users.AsNoTracking()
                .Where(user => user.Id == request.UserId)
                .Select(user => new
                {
                    user.IsActive,
                    Templates = db.Faces
                        .Where(face => face.UserId == user.Id && face.Model == FaceModels.Dlib)
                        .Select(face => face.Encoding)
                        .ToList(),
                })
                .SingleOrDefaultAsync(cancellationToken);

            switch (person)
            {
                case null:
                    return UserErrors.NotFound;
                case { IsActive: false }:
                    return UserErrors.Inactive;
                case { Templates: [] }:
                    return FaceEncodingErrors.NotEnrolled;
            }

            var encoded = await singleFace.EncodeAsync(request.Photo, cancellationToken);
            if (encoded.IsError)
            {
                return encoded.Errors;
            }

            var (probe, stages) = encoded.Value;
            var distance = person.Templates
                .Min(template => vault.Open(template, probe.Model, request.UserId).DistanceTo(probe));

            return Verification.Decide(distance, probe.Model, new VerificationTimings(
                stages.Queue, stages.Decode, stages.Detect, stages.Align, stages.Encode, time.GetElapsedTime(started).TotalMilliseconds));
        }
    }
}
