using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Domain.Users;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Users;

/// <summary>Shows one account.</summary>
[Requires(Permission.ReadUsers, OrOwner = true), EvenBeforeSetup, EvenWithGivenPassword]
public sealed record GetUser(int UserId) : IQuery<UserResponse>, IAboutUser
{
    internal sealed class Handler(IFaceIdDb db) : IRequestHandler<GetUser, ErrorOr<UserResponse>>
    {
        public async Task<ErrorOr<UserResponse>> Handle(GetUser query, CancellationToken cancellationToken)
        {
            var user = await db.Users.AsNoTracking()
                .Where(user => user.Id == query.UserId)
                .Select(UserResponse.Projection)
                .SingleOrDefaultAsync(cancellationToken);

            return user is null ? UserErrors.NotFound : user;
        }
    }
}
