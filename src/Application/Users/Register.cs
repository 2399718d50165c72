using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Domain.Users;
using FluentValidation;
using MediatR;

namespace FaceId.Application.Users;

/// <summary>Makes an account of one's own, with the role user.</summary>
[Anonymous]
public sealed record Register(string? Email, string? Name, string? Password) : ICommand<UserResponse>
{
    internal sealed class Validator : AbstractValidator<Register>
    {
        public Validator(PasswordPolicy policy)
        {
            RuleFor(request => request.Email).ValidEmail();
            RuleFor(request => request.Name).ValidName();
            RuleFor(request => request.Password).ValidPassword(policy, request => request.Email, request => request.Name);
        }
    }

    internal sealed class Handler(UserCreation creation) : IRequestHandler<Register, ErrorOr<UserResponse>>
    {
        public Task<ErrorOr<UserResponse>> Handle(Register request, CancellationToken cancellationToken) =>
            creation.CreateAsync(request.Email, request.Name, request.Password, Role.User, verified: false, cancellationToken);
    }
}
