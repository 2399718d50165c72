using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Users.SecurityEvents;
using FaceId.Domain.Faces;
using FaceId.Domain.Users;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Faces;

/// <summary>Gives a face that has only dlib's numbers what both networks say of a newer photo of the same person.</summary>
[Internal]
public sealed record UpgradeFace(int UserId, int FaceId, FaceOpinions Opinions) : ICommand<Updated>
{
    internal sealed class Handler(IFaceIdDb db, ITemplateVault vault, SecurityLog log, TimeProvider time) : IRequestHandler<UpgradeFace, ErrorOr<Updated>>
    {
        public async Task<ErrorOr<Updated>> Handle(UpgradeFace request, CancellationToken cancellationToken)
        {
            await using var transaction = await db.BeginTransactionAsync(cancellationToken);
            await db.LockUserAsync(request.UserId, cancellationToken);
            var face = await db.Faces.SingleOrDefaultAsync(
                face => face.Id == request.FaceId && face.UserId == request.UserId && face.Template == null, cancellationToken);
            if (face is null)
            {
                return Result.Updated;
            }

            face.Upgrade(vault.Seal(request.Opinions, request.UserId), time.GetUtcNow());
            log.Add(SecurityEventKind.FaceUpgraded, request.UserId, $"face {request.FaceId}");
            await db.SaveChangesAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return Result.Updated;
        }
    }
}
