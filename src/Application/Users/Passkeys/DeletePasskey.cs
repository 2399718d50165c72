using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Users.SecondFactor;
using FaceId.Application.Users.SecurityEvents;
using FaceId.Application.Users.Sessions;
using FaceId.Domain.Users;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Users.Passkeys;

/// <summary>Deletes one of one's own passkeys. With the last second factor the recovery codes go too, and the password alone signs in.</summary>
/// <param name="EndOtherSessions">Whether all of the person's other sessions end.</param>
[OwnAccount, EvenBeforeSetup, FreshProof(SecondFactor = true)]
public sealed record DeletePasskey(int PasskeyId, bool EndOtherSessions = true) : ICommand<Deleted>, ITransactional
{
    internal sealed class Handler(
        IFaceIdDb db, SecondFactorErasure erasure, OtherSessions others, AccountMails mails, SecurityLog log, ICaller caller)
        : IRequestHandler<DeletePasskey, ErrorOr<Deleted>>
    {
        public async Task<ErrorOr<Deleted>> Handle(DeletePasskey request, CancellationToken cancellationToken)
        {
            var userId = caller.RequiredUserId();
            await db.LockUserAsync(userId, cancellationToken);
            var user = await db.Users.SingleAsync(user => user.Id == userId, cancellationToken);
            var passkeys = db.Passkeys.Where(passkey => passkey.UserId == userId);
            var name = await passkeys.Where(passkey => passkey.Id == request.PasskeyId)
                .Select(passkey => passkey.Name).SingleOrDefaultAsync(cancellationToken);
            if (name is null)
            {
                return UserErrors.PasskeyNotFound;
            }

            await passkeys.Where(passkey => passkey.Id == request.PasskeyId).ExecuteDeleteAsync(cancellationToken);
            log.Add(SecurityEventKind.PasskeyRemoved, userId, name);
            mails.PasskeyRemoved(user, name);
            if (user.MfaSecret is null && !await passkeys.AnyAsync(cancellationToken))
            {
                await erasure.EraseAsync(user, setupRequired: false, cancellationToken);
                log.Add(SecurityEventKind.MfaDisabled, userId);
                mails.MfaDisabled(user);
            }

            await db.SaveChangesAsync(cancellationToken);
            if (request.EndOtherSessions)
            {
                await others.EndAsync(userId, except: caller.RequiredSession().SessionId, cancellationToken);
            }

            return Result.Deleted;
        }
    }
}
