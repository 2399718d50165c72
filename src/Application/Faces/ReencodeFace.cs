using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Domain.Faces;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Faces;

/// <summary>Makes what is stored of a face anew from its kept photo, by the models in use. Whoever changes or erases the face meanwhile wins.</summary>
/// <param name="DryRun">Does everything but write.</param>
[Requires(Permission.ManageFaces)]
public sealed record ReencodeFace(int FaceId, bool DryRun) : ICommand<ReencodeFace.Response>
{
    /// <param name="Compared">Whether the face in the photo was compared with what was stored; numbers of another model cannot be.</param>
    public sealed record Response(bool Compared);

    internal sealed class Handler(IFaceIdDb db, SingleFace singleFace, IImageFiles images, ITemplateVault vault, TimeProvider time)
        : IRequestHandler<ReencodeFace, ErrorOr<Response>>
    {
        public async Task<ErrorOr<Response>> Handle(ReencodeFace request, CancellationToken cancellationToken)
        {
            var stored = await db.Faces.AsNoTracking().SingleOrDefaultAsync(face => face.Id == request.FaceId && face.ImageKey != null, cancellationToken);
            if (stored is null)
            {
                return FaceEncodingErrors.NotFound;
            }

            var opened = await images.OpenAsync(stored.Id, stored.UserId, stored.ImagePath ?? "", stored.ImageKey!, cancellationToken);
            if (opened.IsError)
            {
                return opened.Errors;
            }

            using var photo = opened.Value;
            var encoded = await singleFace.EncodeAsync(photo, PhotoUse.Reencoding, crop: false, cancellationToken);
            if (encoded.IsError)
            {
                return encoded.Errors;
            }

            var (opinions, quality, _) = encoded.Value;
            var compared = stored.Model == opinions.Dlib.Model;
            if (compared && Check(stored, opinions.Dlib) is { } refused)
            {
                return refused;
            }

            return request.DryRun || await TryReplaceAsync(stored, opinions, quality.Quality, cancellationToken) ? new Response(compared) : FaceErrors.FaceChanged;
        }

        /// <summary>A photo opens for its own face only, so this finds numbers that somebody put in the place of those that were enrolled.</summary>
        private Error? Check(FaceEncoding stored, FaceVector now)
        {
            try
            {
                var before = vault.OpenEncoding(stored.Encoding, stored.Model, stored.UserId);
                return before.IsOfSamePhotoCutOut(now) ? null : FaceErrors.NotSameFace(before.DistanceTo(now));
            }
            catch (TemplateUnreadableException exception)
            {
                return FaceErrors.TemplateUnreadable(exception.Message);
            }
        }

        private async Task<bool> TryReplaceAsync(FaceEncoding seen, FaceOpinions opinions, double quality, CancellationToken cancellationToken)
        {
            await using var transaction = await db.BeginTransactionAsync(cancellationToken);
            if (!await db.LockFaceAsync(seen.Id, cancellationToken))
            {
                return false;
            }

            var face = await db.Faces.SingleAsync(face => face.Id == seen.Id, cancellationToken);
            if (!face.IsAsItWas(seen))
            {
                return false;
            }

            face.Replace(vault.Seal(opinions, face.UserId), quality, time.GetUtcNow());
            await db.SaveChangesAsync(cancellationToken);
            if (opinions.Template is null)
            {
                // The database takes a new encoding without a template for one that another program wrote, of whose quality nothing is known.
                await db.Faces.Where(row => row.Id == face.Id).ExecuteUpdateAsync(row => row.SetProperty(set => set.Quality, (float)quality), cancellationToken);
            }

            await transaction.CommitAsync(cancellationToken);
            return true;
        }
    }
}
