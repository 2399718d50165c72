using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Users.SecurityEvents;
using FaceId.Domain.Users;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Users.SignIn;

/// <summary>
/// Mails somebody the link with which they set a new password. Strangers who asked for such mails before do not use up what an
/// administrator may send.
/// </summary>
[Requires(Permission.ManageUsers), FreshProof]
public sealed record MailPasswordReset(int UserId) : ICommand<Success>, ITransactional
{
    internal sealed class Handler(IFaceIdDb db, OneTimeTokens oneTimeTokens, AccountMails mails, SecurityLog log, AccountOptions options, ICaller caller)
        : IRequestHandler<MailPasswordReset, ErrorOr<Success>>
    {
        public async Task<ErrorOr<Success>> Handle(MailPasswordReset request, CancellationToken cancellationToken)
        {
            var user = await db.Users.AsNoTracking().SingleOrDefaultAsync(user => user.Id == request.UserId, cancellationToken);
            if (user is null)
            {
                return UserErrors.NotFound;
            }

            if (!caller.MayActOn(user.Id, user.Role))
            {
                return SecurityErrors.Forbidden;
            }

            if (!user.IsActive)
            {
                return UserErrors.Inactive;
            }

            mails.ResetPassword(user, oneTimeTokens.Issue(TokenPurpose.ResetPassword, user.Id, options.PasswordResetLifetime));
            await log.WriteAsync(SecurityEventKind.PasswordResetRequested, user.Id, null, cancellationToken);
            return Result.Success;
        }
    }
}
