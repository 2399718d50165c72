using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Users.SecurityEvents;
using FaceId.Application.Users.Sessions;
using FaceId.Domain.Users;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Users;

/// <summary>Changes an account; what is null stays as it is. Nobody but its owner chooses its password: see <see cref="SendPasswordReset"/>.</summary>
[Requires(Permission.ManageUsers), FreshProof]
public sealed record UpdateUser(
    int UserId,
    string? Email = null,
    string? Name = null,
    Role? Role = null,
    bool? IsActive = null,
    bool? Verified = null) : ICommand<UserResponse>
{
    internal sealed class Validator : AbstractValidator<UpdateUser>
    {
        public Validator()
        {
            RuleFor(request => request.Email).ValidEmail().When(request => request.Email is not null);
            RuleFor(request => request.Name).ValidName().When(request => request.Name is not null);
        }
    }

    internal sealed class Handler(
        IFaceIdDb db, AccountMails mails, SecurityLog log, ICaller caller, TimeProvider time)
        : IRequestHandler<UpdateUser, ErrorOr<UserResponse>>
    {
        public async Task<ErrorOr<UserResponse>> Handle(UpdateUser request, CancellationToken cancellationToken)
        {
            await using var transaction = await db.BeginTransactionAsync(cancellationToken);
            await db.LockAdministratorsAsync(cancellationToken);
            if (!await db.LockUserAsync(request.UserId, cancellationToken))
            {
                return UserErrors.NotFound;
            }

            var user = await db.Users.SingleAsync(user => user.Id == request.UserId, cancellationToken);
            if (!caller.MayActOn(user.Id, user.Role) || !caller.MayActOn(user.Id, request.Role ?? user.Role))
            {
                return SecurityErrors.Forbidden;
            }

            var before = new Before(user.Role, user.IsActive, user.IsActiveAdmin, user.Email);

            Apply(request, user, time.GetUtcNow());
            if (before.IsActiveAdmin && !user.IsActiveAdmin && !await db.Users.HasOtherAdminAsync(user.Id, cancellationToken))
            {
                return UserErrors.LastAdmin;
            }

            var ends = Tell(request, user, before);
            if (!await db.TrySaveUniqueAsync(cancellationToken))
            {
                return UserErrors.EmailTaken;
            }

            if (ends)
            {
                await db.Sessions.EndAllAsync(user.Id, except: null, cancellationToken);
                await db.OneTimeTokens.Where(token => token.UserId == user.Id && token.Purpose != TokenPurpose.VerifyEmail)
                    .ExecuteDeleteAsync(cancellationToken);
            }

            await transaction.CommitAsync(cancellationToken);
            return UserResponse.From(user);
        }

        /// <summary>Notes what changed, and mails it to whom it concerns.</summary>
        /// <returns>Whether the account's sessions end.</returns>
        private bool Tell(UpdateUser request, User user, Before before)
        {
            var ends = false;
            if (user.Role != before.Role)
            {
                log.Add(SecurityEventKind.RoleChanged, user.Id, user.Role.ToString().ToLowerInvariant());
                mails.RoleChanged(user);
                ends = true;
            }

            if (user.IsActive != before.IsActive)
            {
                log.Add(user.IsActive ? SecurityEventKind.UserActivated : SecurityEventKind.UserDeactivated, user.Id);
                if (!user.IsActive)
                {
                    mails.AccountDisabled(user);
                    ends = true;
                }
            }

            if (user.Email != before.Email)
            {
                log.Add(SecurityEventKind.EmailChanged, user.Id);
                mails.EmailChanged(user, before.Email);
                ends = true;
            }

            if (request.Name is not null || request.Verified is not null)
            {
                log.Add(SecurityEventKind.UserChanged, user.Id);
            }

            return ends;
        }

        private sealed record Before(Role Role, bool IsActive, bool IsActiveAdmin, string Email);

        private static void Apply(UpdateUser request, User user, DateTimeOffset now)
        {
            if (request.Email is not null)
            {
                user.ChangeEmail(Domain.Users.Email.Parse(request.Email).Value, now);
            }

            if (request.Name is not null)
            {
                user.Rename(PersonName.Parse(request.Name).Value, now);
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
