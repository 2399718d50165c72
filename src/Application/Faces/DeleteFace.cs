using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Users;
using FaceId.Domain.Faces;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Faces;

/// <summary>Erases one enrolled face, and its photo where one lies in the data folder.</summary>
[Requires(Permission.ManageFaces, OrOwner = true)]
public sealed record DeleteFace(int UserId, int FaceId) : ICommand<Deleted>, IAboutUser
{
    internal sealed class Handler(IFaceIdDb db, IMediator mediator, IImageFiles images, ICaller caller) : IRequestHandler<DeleteFace, ErrorOr<Deleted>>
    {
        public async Task<ErrorOr<Deleted>> Handle(DeleteFace request, CancellationToken cancellationToken)
        {
            var person = await mediator.Send(new FindPerson(request.UserId), cancellationToken);
            if (person.IsError)
            {
                return person.Errors;
            }

            if (!caller.MayActOn(person.Value.Id, person.Value.Role))
            {
                return SecurityErrors.Forbidden;
            }

            var stored = db.Faces.Where(face => face.Id == request.FaceId && face.UserId == request.UserId);
            var path = await stored.Select(face => face.ImagePath).SingleOrDefaultAsync(cancellationToken);
            if (await stored.ExecuteDeleteAsync(cancellationToken) == 0)
            {
                return FaceEncodingErrors.NotFound;
            }

            if (path is not null)
            {
                images.Delete(path);
            }

            return Result.Deleted;
        }
    }
}
