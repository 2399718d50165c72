using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Domain.Users;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Users;

/// <summary>Shows the one account with this address, in whatever case it is written.</summary>
[Requires(Permission.ReadUsers)]
public sealed record FindUserByEmail(string? Email) : IQuery<UserResponse>
{
    internal sealed class Validator : AbstractValidator<FindUserByEmail>
    {
        public Validator() => RuleFor(query => query.Email).ValidEmail();
    }

    internal sealed class Handler(IFaceIdDb db) : IRequestHandler<FindUserByEmail, ErrorOr<UserResponse>>
    {
        public async Task<ErrorOr<UserResponse>> Handle(FindUserByEmail query, CancellationToken cancellationToken)
        {
            var user = await db.Users.AsNoTracking()
                .WithEmail(Domain.Users.Email.Parse(query.Email).Value)
                .Select(UserResponse.Projection)
                .SingleOrDefaultAsync(cancellationToken);

            return user is null ? UserErrors.NotFound : user;
        }
    }
}
