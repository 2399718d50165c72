using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Faces;
using FaceId.Application.Users.SecurityEvents;
using FaceId.Domain.Users;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Users.Consents;

/// <summary>Withdraws one's own consent; one's templates are erased with it. As easy as giving it: nothing more is asked.</summary>
[OwnAccount, EvenBeforeSetup]
public sealed record WithdrawConsent : ICommand<Deleted>, ITransactional
{
    internal sealed class Handler(ConsentWithdrawal withdrawal, ICaller caller) : IRequestHandler<WithdrawConsent, ErrorOr<Deleted>>
    {
        public Task<ErrorOr<Deleted>> Handle(WithdrawConsent request, CancellationToken cancellationToken) =>
            withdrawal.WithdrawAsync(caller.RequiredUserId(), cancellationToken);
    }
}

/// <summary>Withdraws somebody's consent on their behalf; their templates are erased with it.</summary>
[Requires(Permission.ManageFaces)]
public sealed record WithdrawConsentOf(int UserId) : ICommand<Deleted>, ITransactional
{
    internal sealed class Handler(ConsentWithdrawal withdrawal) : IRequestHandler<WithdrawConsentOf, ErrorOr<Deleted>>
    {
        public Task<ErrorOr<Deleted>> Handle(WithdrawConsentOf request, CancellationToken cancellationToken) =>
            withdrawal.WithdrawAsync(request.UserId, cancellationToken);
    }
}

/// <summary>Withdraws consents in the caller's transaction. An enrolment holds the same row, so it comes wholly before or wholly after.</summary>
public sealed class ConsentWithdrawal(IFaceIdDb db, IMediator mediator, AccountMails mails, SecurityLog log, TimeProvider time)
{
    public async Task<ErrorOr<Deleted>> WithdrawAsync(int userId, CancellationToken cancellationToken)
    {
        if (!await db.LockUserAsync(userId, cancellationToken))
        {
            return UserErrors.NotFound;
        }

        var now = time.GetUtcNow();
        var standing = await db.Consents.Where(consent => consent.UserId == userId && consent.WithdrawnAt == null).ToListAsync(cancellationToken);
        standing.ForEach(consent => consent.Withdraw(now));
        var erased = await mediator.Send(new EraseFaces(userId), cancellationToken);
        if (erased.IsError)
        {
            return erased.Errors;
        }

        if (standing.Count > 0 || erased.Value.Faces > 0)
        {
            log.Add(SecurityEventKind.ConsentWithdrawn, userId);
            mails.ConsentWithdrawn(await db.Users.AsNoTracking().SingleAsync(user => user.Id == userId, cancellationToken));
        }

        await db.SaveChangesAsync(cancellationToken);
        return Result.Deleted;
    }
}
