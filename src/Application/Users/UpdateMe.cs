using System.Text.Json;
using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Users.SecurityEvents;
using FaceId.Domain.Users;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Users;

/// <summary>Changes one's own account; what is null stays as it is. A new address counts once the mail sent to it was answered.</summary>
/// <param name="EndOtherSessions">Whether all of the person's other sessions end when the new address counts.</param>
[OwnAccount, EvenBeforeSetup]
public sealed record UpdateMe(string? Name = null, string? Email = null, bool EndOtherSessions = true) : ICommand<UserResponse>, ITransactional
{
    internal sealed class Validator : AbstractValidator<UpdateMe>
    {
        public Validator()
        {
            RuleFor(request => request.Name).ValidName().When(request => request.Name is not null);
            RuleFor(request => request.Email).ValidEmail().When(request => request.Email is not null);
        }
    }

    internal sealed class Handler(IFaceIdDb db, IMediator mediator, ICaller caller, TimeProvider time)
        : IRequestHandler<UpdateMe, ErrorOr<UserResponse>>
    {
        public async Task<ErrorOr<UserResponse>> Handle(UpdateMe request, CancellationToken cancellationToken)
        {
            var userId = caller.RequiredUserId();
            if (request.Email is { } email)
            {
                var requested = await mediator.Send(new RequestEmailChange(email, request.EndOtherSessions), cancellationToken);
                if (requested.IsError)
                {
                    return requested.Errors;
                }
            }

            var user = await db.Users.SingleAsync(user => user.Id == userId, cancellationToken);
            if (request.Name is not null)
            {
                user.Rename(PersonName.Parse(request.Name).Value, time.GetUtcNow());
                await db.SaveChangesAsync(cancellationToken);
            }

            return UserResponse.From(user);
        }
    }
}

/// <summary>Mails a link to the address that an account is to change to, and tells the address that it has.</summary>
[OwnAccount, EvenBeforeSetup, FreshProof(SecondFactor = true)]
public sealed record RequestEmailChange(string Email, bool EndOtherSessions = true) : ICommand<Success>
{
    internal sealed class Handler(
        IFaceIdDb db, OneTimeTokens oneTimeTokens, AccountMails mails, SecurityLog log, AccountOptions options, ICaller caller)
        : IRequestHandler<RequestEmailChange, ErrorOr<Success>>
    {
        public async Task<ErrorOr<Success>> Handle(RequestEmailChange request, CancellationToken cancellationToken)
        {
            // The mail that lets a new second factor in goes to the address that the account had.
            if (caller.RequiredSession().MfaSetupRequired)
            {
                return SecurityErrors.MfaSetupRequired;
            }

            var userId = caller.RequiredUserId();
            var address = Domain.Users.Email.Parse(request.Email).Value;
            var user = await db.Users.AsNoTracking().SingleAsync(user => user.Id == userId, cancellationToken);
            if (string.Equals(user.Email, address.Value, StringComparison.OrdinalIgnoreCase)
                || await oneTimeTokens.IsMailedEnoughAsync(TokenPurpose.ChangeEmail, userId, cancellationToken))
            {
                return Result.Success;
            }

            // Whether the address has an account is told to nobody but its owner.
            var owner = await db.Users.AsNoTracking().WithEmail(address).SingleOrDefaultAsync(cancellationToken);
            if (owner is null)
            {
                var change = new EmailChange(address.Value, request.EndOtherSessions, caller.RequiredSession().SessionId);
                mails.EmailChangeRequested(
                    user, address, oneTimeTokens.Issue(TokenPurpose.ChangeEmail, userId, options.VerificationLifetime, JsonSerializer.Serialize(change)));
            }
            else
            {
                mails.AddressAlreadyRegistered(owner);
            }

            await log.WriteAsync(SecurityEventKind.EmailChangeRequested, userId, null, cancellationToken);
            return Result.Success;
        }
    }
}

/// <summary>What the token of a change of address remembers.</summary>
/// <param name="AskedBy">The session that asked, which goes on.</param>
internal sealed record EmailChange(string Email, bool EndOtherSessions, Guid AskedBy);
