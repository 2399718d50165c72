using System.Text.Json.Serialization;
using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Domain.Users;
using FluentValidation;
using MediatR;

namespace FaceId.Application.Users;

/// <summary>Makes an account for somebody else.</summary>
/// <param name="Password">Without one nobody can sign in to the account; its faces can be enrolled and verified all the same.</param>
/// <param name="Role">user when not given.</param>
/// <param name="Verified">Whether the e-mail address is known to be the person's own.</param>
/// <param name="PasswordIsGenerated">Whether nobody chose the password; it is good for a few days then. Not of the API.</param>
[Requires(Permission.ManageUsers)]
public sealed record CreateUser(
    string? Email, string? Name, string? Password = null, Role? Role = null, bool Verified = false, [property: JsonIgnore] bool PasswordIsGenerated = false)
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

    internal sealed class Handler(IFaceIdDb db, UserCreation creation, AccountOptions options, ICaller caller) : IRequestHandler<CreateUser, ErrorOr<UserResponse>>
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
                isGiven: request.PasswordIsGenerated || options.ReplaceGivenPasswords,
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
