using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Faces;

/// <summary>
/// Erases all templates of a person, in the caller's transaction, and the photos that belong to them. A photo goes before the transaction
/// commits: should that fail the row stays and names a file that is gone, which is better than a file of another program that no row names.
/// </summary>
[Internal]
public sealed record EraseFaces(int UserId) : IRequest<ErrorOr<EraseFaces.Response>>
{
    /// <param name="ImagesElsewhere">Photos outside the data folder, left alone.</param>
    public sealed record Response(int Faces, int ImagesDeleted, int ImagesElsewhere);

    internal sealed class Handler(IFaceIdDb db, IImageFiles images) : IRequestHandler<EraseFaces, ErrorOr<Response>>
    {
        public async Task<ErrorOr<Response>> Handle(EraseFaces request, CancellationToken cancellationToken)
        {
            var paths = await db.Faces.AsNoTracking()
                .Where(face => face.UserId == request.UserId && face.ImagePath != null)
                .Select(face => face.ImagePath!)
                .ToListAsync(cancellationToken);
            var faces = await db.Faces.Where(face => face.UserId == request.UserId).ExecuteDeleteAsync(cancellationToken);
            var deleted = paths.Count(images.Delete);
            return new Response(faces, deleted, paths.Count - deleted);
        }
    }
}
