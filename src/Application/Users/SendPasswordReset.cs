using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Users.SecurityEvents;
using FaceId.Application.Users.SignIn;
using FaceId.Domain.Users;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Users;

/// <summary>Mails an account's owner the link with which they choose a password; whoever asks for it never learns one.</summary>
[Requires(Permission.ManageUsers), FreshProof]
public sealed record SendPasswordReset(int UserId) : ICommand<MailRequested>
{
    internal sealed class Handler(
        IFaceIdDb db, OneTimeTokens oneTimeTokens, AccountMails mails, SecurityLog log, AccountOptions options, ICaller caller)
        : IRequestHandler<SendPasswordReset, ErrorOr<MailRequested>>
    {
        public async Task<ErrorOr<MailRequested>> Handle(SendPasswordReset request, CancellationToken cancellationToken)
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

            if (await oneTimeTokens.IsMailedEnoughAsync(TokenPurpose.ResetPassword, user.Id, cancellationToken))
            {
                return UserErrors.MailedEnough;
            }

            mails.ResetPassword(user, oneTimeTokens.Issue(TokenPurpose.ResetPassword, user.Id, options.PasswordResetLifetime));
            await log.WriteAsync(SecurityEventKind.PasswordResetRequested, user.Id, null, cancellationToken);
            return new MailRequested("A mail with a link is on its way to the account's address. Its owner chooses a password there.");
        }
    }
}
