using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Users.SecurityEvents;
using FaceId.Application.Users.Sessions;
using FaceId.Domain.Users;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Users.SecondFactor;

/// <summary>Switches one's second factor off: authenticator app, passkeys and recovery codes are erased.</summary>
/// <param name="EndOtherSessions">Whether all of the person's other sessions end.</param>
[OwnAccount, EvenBeforeSetup, FreshProof(SecondFactor = true)]
public sealed record DisableMfa(bool EndOtherSessions = true) : ICommand<Success>, ITransactional
{
    internal sealed class Handler(
        IFaceIdDb db, SecondFactorErasure erasure, OtherSessions others, AccountMails mails, SecurityLog log, ICaller caller)
        : IRequestHandler<DisableMfa, ErrorOr<Success>>
    {
        public async Task<ErrorOr<Success>> Handle(DisableMfa request, CancellationToken cancellationToken)
        {
            var userId = caller.RequiredUserId();
            await db.LockUserAsync(userId, cancellationToken);
            var user = await db.Users.SingleAsync(user => user.Id == userId, cancellationToken);
            if (!user.MfaEnabled)
            {
                return UserErrors.MfaNotEnabled;
            }

            await erasure.EraseAsync(user, setupRequired: false, cancellationToken);
            mails.MfaDisabled(user);
            log.Add(SecurityEventKind.MfaDisabled, userId);
            await db.SaveChangesAsync(cancellationToken);
            if (request.EndOtherSessions)
            {
                await others.EndAsync(userId, except: caller.RequiredSession().SessionId, cancellationToken);
            }

            return Result.Success;
        }
    }
}

/// <summary>
/// Takes the second factor off somebody who lost it. Their sessions end, and they must set up a new one before they can do anything else;
/// see <see cref="MfaEnrolment"/>. Sent once more it mails once more.
/// </summary>
[Requires(Permission.ManageUsers), FreshProof(SecondFactor = true)]
public sealed record ResetMfa(int UserId) : ICommand<Success>, ITransactional
{
    internal sealed class Handler(
        IFaceIdDb db, SecondFactorErasure erasure, MfaEnrolment enrolment, SecurityLog log, ICaller caller)
        : IRequestHandler<ResetMfa, ErrorOr<Success>>
    {
        public async Task<ErrorOr<Success>> Handle(ResetMfa request, CancellationToken cancellationToken)
        {
            if (!await db.LockUserAsync(request.UserId, cancellationToken))
            {
                return UserErrors.NotFound;
            }

            var user = await db.Users.SingleAsync(user => user.Id == request.UserId, cancellationToken);
            if (!caller.MayActOn(user.Id, user.Role))
            {
                return SecurityErrors.Forbidden;
            }

            if (user is { MfaEnabled: false, MfaSetupRequired: false })
            {
                return UserErrors.MfaNotEnabled;
            }

            await erasure.EraseAsync(user, setupRequired: true, cancellationToken);
            enrolment.TellOfReset(user);
            log.Add(SecurityEventKind.MfaReset, user.Id);
            await db.SaveChangesAsync(cancellationToken);
            await db.Sessions.EndAllAsync(user.Id, except: null, cancellationToken);
            return Result.Success;
        }
    }
}

/// <summary>Erases everything that serves as a second factor of an account, in the caller's transaction.</summary>
public sealed class SecondFactorErasure(IFaceIdDb db, TimeProvider time)
{
    public async Task EraseAsync(User user, bool setupRequired, CancellationToken cancellationToken)
    {
        user.DropSecondFactors(setupRequired, time.GetUtcNow());
        await db.RecoveryCodes.Where(code => code.UserId == user.Id).ExecuteDeleteAsync(cancellationToken);
        await db.Passkeys.Where(passkey => passkey.UserId == user.Id).ExecuteDeleteAsync(cancellationToken);

        // Nor may a question that is open be answered any more, and least of all by a passkey that somebody else was about to add.
        await db.OneTimeTokens
            .Where(token => token.UserId == user.Id && (token.Purpose == TokenPurpose.SecondFactor || token.Purpose == TokenPurpose.PasskeyRegistration
                || token.Purpose == TokenPurpose.PasskeyProof || token.Purpose == TokenPurpose.MfaEnrolment))
            .ExecuteDeleteAsync(cancellationToken);
    }
}
