using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Users.SecurityEvents;
using FaceId.Domain.Users;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Users.SecondFactor;

/// <param name="RecoveryCodes">Each signs in once when the second factor is lost. They are shown this once; those before are good no longer.</param>
public sealed record RecoveryCodesResponse(IReadOnlyList<string> RecoveryCodes);

/// <summary>Makes sets of recovery codes.</summary>
public sealed class RecoveryCodes(IFaceIdDb db, SecurityLog log, TimeProvider time)
{
    /// <summary>Puts a new set in the place of the one there is, in the caller's transaction.</summary>
    public async Task<RecoveryCodesResponse> ReplaceAsync(int userId, CancellationToken cancellationToken)
    {
        await db.RecoveryCodes.Where(code => code.UserId == userId).ExecuteDeleteAsync(cancellationToken);
        var (codes, texts) = RecoveryCode.NewSet(userId, time.GetUtcNow());
        db.RecoveryCodes.AddRange(codes);
        log.Add(SecurityEventKind.RecoveryCodesIssued, userId);
        return new RecoveryCodesResponse(texts);
    }
}

/// <summary>Makes new recovery codes; those before are good no longer.</summary>
[OwnAccount, EvenBeforeSetup, FreshProof(SecondFactor = true)]
public sealed record ReissueRecoveryCodes : ICommand<RecoveryCodesResponse>, ITransactional
{
    internal sealed class Handler(IFaceIdDb db, RecoveryCodes recoveryCodes, AccountMails mails, ICaller caller)
        : IRequestHandler<ReissueRecoveryCodes, ErrorOr<RecoveryCodesResponse>>
    {
        public async Task<ErrorOr<RecoveryCodesResponse>> Handle(ReissueRecoveryCodes request, CancellationToken cancellationToken)
        {
            var userId = caller.RequiredUserId();
            await db.LockUserAsync(userId, cancellationToken);
            var user = await db.Users.SingleAsync(user => user.Id == userId, cancellationToken);
            if (!user.MfaEnabled)
            {
                return UserErrors.MfaNotEnabled;
            }

            var codes = await recoveryCodes.ReplaceAsync(userId, cancellationToken);
            mails.RecoveryCodesReissued(user);
            await db.SaveChangesAsync(cancellationToken);
            return codes;
        }
    }
}
