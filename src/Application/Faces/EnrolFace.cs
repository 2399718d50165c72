using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Recognition;
using FaceId.Application.Recognition.Liveness;
using FaceId.Application.Users;
using FaceId.Application.Users.Consents;
using FaceId.Domain.Faces;
using FaceId.Domain.Recognition;
using FaceId.Domain.Recognition.Liveness;
using FaceId.Domain.Users;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Faces;

/// <summary>Adds the face in a photo to a person's templates. The photo itself is kept where <see cref="ImageOptions"/> say so.</summary>
/// <param name="LivenessSession">A liveness session that passed; the face enrolled is then the one it saw.</param>
/// <param name="AllowDuplicate">Whether to enrol a face that another person has; for operators.</param>
/// <param name="OnlyNew">Whether to refuse a photo of which the person has a template already.</param>
[Requires(Permission.ManageFaces, OrOwner = true)]
public sealed record EnrolFace(int UserId, IPhoto Photo, Guid? LivenessSession = null, bool AllowDuplicate = false, bool OnlyNew = false)
    : ICommand<EnrolFace.Response>, IRecognitionAttempt, IAboutUser
{
    public RecognitionAction Attempted => RecognitionAction.Enroll;

    int? IRecognitionAttempt.SubjectId => UserId;

    /// <param name="Quality">The score of the measurements, 0 to 1.</param>
    public sealed record Response(int Id, double Quality, FaceQuality Measurements, DateTimeOffset CreatedAt, string Model, StageTimings Timings)
        : IRecognitionOutcome
    {
        RecognitionFacts IRecognitionOutcome.Facts => new(Success: true, Model: Model);
    }

    internal sealed class Handler(
        IFaceIdDb db,
        IMediator mediator,
        SingleFace singleFace,
        LivenessGate liveness,
        DuplicateFaces duplicates,
        IFaceGallery gallery,
        ITemplateVault vault,
        IImageFiles images,
        ImageOptions imageOptions,
        AccountOptions options,
        ICaller caller,
        TimeProvider time)
        : IRequestHandler<EnrolFace, ErrorOr<Response>>
    {
        public async Task<ErrorOr<Response>> Handle(EnrolFace request, CancellationToken cancellationToken)
        {
            // Asked first, because a photo is costly to analyse; asked again below, where it counts.
            var person = await mediator.Send(new FindPerson(request.UserId), cancellationToken);
            if (person.IsError)
            {
                return person.Errors;
            }

            if (!caller.MayActOn(person.Value.Id, person.Value.Role))
            {
                return SecurityErrors.Forbidden;
            }

            var consented = await mediator.Send(new CheckConsent(request.UserId, Attest: false), cancellationToken);
            if (consented.IsError)
            {
                return consented.Errors;
            }

            var read = await request.Photo.ReadAsync(cancellationToken);
            if (read.IsError)
            {
                return read.Errors;
            }

            // A liveness session's template is not made from this photo, which may show more than a living person did.
            var keep = request.LivenessSession is null ? imageOptions.Keep : KeepImages.Off;
            using var file = read.Value;
            var encoded = await singleFace.EncodeAsync(file, PhotoUse.Enrolment, keep == KeepImages.Aligned, cancellationToken);
            if (encoded.IsError)
            {
                return encoded.Errors;
            }

            if (keep != KeepImages.Original)
            {
                file.Dispose();
            }

            var (photo, quality, timings) = encoded.Value;
            var probed = await liveness.ProbeAsync(LivenessPurpose.Enroll, request.UserId, request.LivenessSession, photo, cancellationToken);
            if (probed.IsError)
            {
                return probed.Errors;
            }

            var opinions = probed.Value;
            var begun = await duplicates.BeginAsync(request.UserId, opinions, request.AllowDuplicate, cancellationToken);
            if (begun.IsError)
            {
                return begun.Errors;
            }

            using var turn = begun.Value;

            // Before the transaction: nobody should wait for a row while a disk writes.
            var keeping = keep == KeepImages.Off
                ? (0, null)
                : await KeepAsync(keep == KeepImages.Original ? file.Bytes : encoded.Value.Crop, cancellationToken);
            if (keeping.IsError)
            {
                return keeping.Errors;
            }

            using var kept = keeping.Value.Image;
            await using var transaction = await db.BeginTransactionAsync(cancellationToken);
            if (!await db.LockUserAsync(request.UserId, cancellationToken))
            {
                return UserErrors.NotFound;
            }

            consented = await mediator.Send(new CheckConsent(request.UserId, Attest: true), cancellationToken);
            if (consented.IsError)
            {
                return consented.Errors;
            }

            if (request.OnlyNew && await IsKnownAsync(request.UserId, opinions.Dlib, cancellationToken))
            {
                return FaceErrors.PhotoEnrolled;
            }

            var enrolled = await db.Faces.CountAsync(face => face.UserId == request.UserId, cancellationToken);
            var face = FaceEncoding.Enrol(
                request.UserId, enrolled, vault.Seal(opinions, request.UserId), quality.Quality, IsSelfEnrolled(request.UserId), time.GetUtcNow());
            if (face.IsError)
            {
                return face.Errors;
            }

            var confirmed = await duplicates.ConfirmAsync(turn, cancellationToken);
            if (confirmed.IsError)
            {
                return confirmed.Errors;
            }

            if (kept is not null)
            {
                face.Value.KeepImage(keeping.Value.FaceId, kept.Path, kept.SealKey(request.UserId));
            }

            db.Faces.Add(face.Value);
            await db.SaveChangesAsync(cancellationToken);
            kept?.Stay();
            await transaction.CommitAsync(cancellationToken);
            gallery.Changed();
            return new Response(face.Value.Id, quality.Quality, quality.Measurements, face.Value.CreatedAt, opinions.Model, timings);
        }

        private async Task<ErrorOr<(int FaceId, KeptImage? Image)>> KeepAsync(ReadOnlyMemory<byte> image, CancellationToken cancellationToken)
        {
            var id = await db.NextFaceIdAsync(cancellationToken);
            var kept = await images.KeepAsync(id, image, cancellationToken);
            return kept.IsError ? kept.Errors : (id, kept.Value);
        }

        private async Task<bool> IsKnownAsync(int userId, FaceVector dlib, CancellationToken cancellationToken)
        {
            var stored = await db.Faces.AsNoTracking().Where(face => face.UserId == userId && face.Model == FaceModels.Dlib)
                .Select(face => face.Encoding).ToListAsync(cancellationToken);
            return stored.Exists(encoding =>
            {
                try
                {
                    return vault.OpenEncoding(encoding, FaceModels.Dlib, userId).IsOfSamePhoto(dlib);
                }
                catch (TemplateUnreadableException)
                {
                    return false;
                }
            });
        }

        /// <summary>Whoever holds a stolen session could enrol their own face; that one must never prove anything.</summary>
        private bool IsSelfEnrolled(int userId) =>
            caller.Session is { } session
            && session.UserId == userId
            && (session.MfaEnabled ? session.SecondFactorAt : session.ProvenAt) is { } provenAt
            && time.GetUtcNow() - provenAt <= options.ProofLifetime;
    }
}
