using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Domain.Faces;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Faces;

/// <summary>Erases one enrolled face.</summary>
[Requires(Permission.ManageFaces, OrOwner = true)]
public sealed record DeleteFace(int UserId, int FaceId) : ICommand<Deleted>, IAboutUser
{
    internal sealed class Handler(IFaceIdDb db) : IRequestHandler<DeleteFace, ErrorOr<Deleted>>
    {
        public async Task<ErrorOr<Deleted>> Handle(DeleteFace request, CancellationToken cancellationToken)
        {
            var deleted = await db.Faces
                .Where(face => face.Id == request.FaceId && face.UserId == request.UserId)
                .ExecuteDeleteAsync(cancellationToken);

            return deleted == 0 ? FaceEncodingErrors.NotFound : Result.Deleted;
        }
    }
}
