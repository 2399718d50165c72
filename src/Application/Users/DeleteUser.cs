using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Domain.Users;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Users;

/// <summary>Erases an account and its faces; the recognition log keeps its rows, no longer linked to the person.</summary>
[Requires(Permission.ManageUsers)]
public sealed record DeleteUser(int UserId) : ICommand<Deleted>, ITransactional
{
    internal sealed class Handler(IFaceIdDb db, ICaller caller) : IRequestHandler<DeleteUser, ErrorOr<Deleted>>
    {
        public async Task<ErrorOr<Deleted>> Handle(DeleteUser request, CancellationToken cancellationToken)
        {
            await db.LockAdministratorsAsync(cancellationToken);
            var user = await db.Users.SingleOrDefaultAsync(user => user.Id == request.UserId, cancellationToken);
            if (user is null)
            {
                return UserErrors.NotFound;
            }

            if (!caller.MayActOn(user.Id, user.Role))
            {
                return SecurityErrors.Forbidden;
            }

            if (user.IsActiveAdmin && !await db.Users.HasOtherAdminAsync(user.Id, cancellationToken))
            {
                return UserErrors.LastAdmin;
            }

            db.Users.Remove(user);
            await db.SaveChangesAsync(cancellationToken);
            return Result.Deleted;
        }
    }
}
