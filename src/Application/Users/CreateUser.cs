using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Domain.Users;
using FluentValidation;
using MediatR;

namespace FaceId.Application.Users;

/// <summary>Makes an account for somebody else.</summary>
/// <param name="Password">Without one nobody can sign in to the account; its faces can be enrolled and verified all the same. With one
/// they can do nothing but choose another, and that for seven days.</param>
/// <param name="Role">user when not given.</param>
/// <param name="Verified">Whether the e-mail address is known to be the person's own.</param>
[Requires(Permission.ManageUsers)]
public sealed record CreateUser(string? Email, string? Name, string? Password = null, Role? Role = null, bool Verified = false)
    : ICommand<UserResponse>
{
    internal sealed class Validator : AbstractValidator<CreateUser>
    {
        public Validator(PasswordPolicy policy)
        {
            RuleFor(request => request.Email).ValidEmail();
            RuleFor(request => request.Name).ValidName();
            RuleFor(request => request.Password).ValidPassword(policy, request => request.Email, request => request.Name)
                .When(request => request.Password is not null);
        }
    }

    internal sealed class Handler(IFaceIdDb db, UserCreation creation, ICaller caller) : IRequestHandler<CreateUser, ErrorOr<UserResponse>>
    {
        public async Task<ErrorOr<UserResponse>> Handle(CreateUser request, CancellationToken cancellationToken)
        {
            if (!caller.MayActOn(userId: null, request.Role ?? Domain.Users.Role.User))
            {
                return SecurityErrors.Forbidden;
            }

            var user = await creation.PrepareAsync(
                Domain.Users.Email.Parse(request.Email).Value,
                PersonName.Parse(request.Name).Value,
                request.Password,
                request.Role ?? Domain.Users.Role.User,
                request.Verified,
                ownPassword: false,
                cancellationToken);
            if (user.IsError)
            {
                return user.Errors;
            }

            await using var transaction = await db.BeginTransactionAsync(cancellationToken);
            if (!await creation.SaveAsync(user.Value, SecurityEventKind.UserCreated, cancellationToken))
            {
                return UserErrors.EmailTaken;
            }

            await transaction.CommitAsync(cancellationToken);
            return UserResponse.From(user.Value);
        }
    }
}
