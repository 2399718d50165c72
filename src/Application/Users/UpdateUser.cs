using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Domain.Users;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Users;

/// <summary>Changes an account; what is null stays as it is.</summary>
[Requires(Permission.ManageUsers)]
public sealed record UpdateUser(
    int UserId,
    string? Email = null,
    string? Name = null,
    string? Password = null,
    Role? Role = null,
    bool? IsActive = null,
    bool? Verified = null) : ICommand<UserResponse>, ITransactional
{
    internal sealed class Validator : AbstractValidator<UpdateUser>
    {
        public Validator(PasswordPolicy policy)
        {
            RuleFor(request => request.Email).ValidEmail().When(request => request.Email is not null);
            RuleFor(request => request.Name).ValidName().When(request => request.Name is not null);
            RuleFor(request => request.Password).ValidPassword(policy, request => request.Email, request => request.Name)
                .When(request => request.Password is not null);
        }
    }

    internal sealed class Handler(IFaceIdDb db, IPasswordHasher hasher, PasswordPolicy policy, TimeProvider time)
        : IRequestHandler<UpdateUser, ErrorOr<UserResponse>>
    {
        public async Task<ErrorOr<UserResponse>> Handle(UpdateUser request, CancellationToken cancellationToken)
        {
            string? hash = null;
            if (request.Password is not null)
            {
                var hashed = await hasher.HashAsync(request.Password, cancellationToken);
                if (hashed.IsError)
                {
                    return hashed.Errors;
                }

                hash = hashed.Value;
            }

            await db.LockAdministratorsAsync(cancellationToken);
            var user = await db.Users.SingleOrDefaultAsync(user => user.Id == request.UserId, cancellationToken);
            if (user is null)
            {
                return UserErrors.NotFound;
            }

            // The validator knows only what the request carries; the rest of the person stands here.
            if (request.Password is not null
                && policy.Check(request.Password, request.Email ?? user.Email, request.Name ?? user.Name) is { IsError: true } refused)
            {
                return refused.Errors;
            }

            var wasAdmin = user.IsActiveAdmin;
            Apply(request, user, hash, time.GetUtcNow());
            if (wasAdmin && !user.IsActiveAdmin && !await db.Users.HasOtherAdminAsync(user.Id, cancellationToken))
            {
                return UserErrors.LastAdmin;
            }

            return await db.TrySaveUniqueAsync(cancellationToken) ? UserResponse.From(user) : UserErrors.EmailTaken;
        }

        private static void Apply(UpdateUser request, User user, string? hash, DateTimeOffset now)
        {
            if (request.Email is not null)
            {
                user.ChangeEmail(Domain.Users.Email.Parse(request.Email).Value, now);
            }

            if (request.Name is not null)
            {
                user.Rename(PersonName.Parse(request.Name).Value, now);
            }

            if (hash is not null)
            {
                user.ChangePassword(hash, now);
            }

            if (request.Role is { } role)
            {
                user.AssignRole(role, now);
            }

            if (request.IsActive is { } active)
            {
                user.SetActive(active, now);
            }

            if (request.Verified is { } verified)
            {
                user.SetVerified(verified, now);
            }
        }
    }
}
