using System.Text.Json;
using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Users.SecurityEvents;
using FaceId.Application.Users.Sessions;
using FaceId.Domain.Users;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Users.SignIn;

/// <summary>Proves an address by the token that was mailed to it: the account's own, or the one it changes to.</summary>
[Anonymous]
public sealed record VerifyEmail(string? Token) : ICommand<Success>, ITransactional
{
    internal sealed class Handler(
        IFaceIdDb db, OneTimeTokens oneTimeTokens, OtherSessions others, AccountMails mails, SecurityLog log, TimeProvider time)
        : IRequestHandler<VerifyEmail, ErrorOr<Success>>
    {
        public async Task<ErrorOr<Success>> Handle(VerifyEmail request, CancellationToken cancellationToken)
        {
            var token = await oneTimeTokens.FindAsync(
                request.Token, cancellationToken, TokenPurpose.VerifyEmail, TokenPurpose.ChangeEmail);
            if (token is not { UserId: { } userId }
                || !await db.LockUserAsync(userId, cancellationToken)
                || !await oneTimeTokens.TakeAsync(token, cancellationToken))
            {
                return UserErrors.InvalidToken;
            }

            var user = await db.Users.SingleAsync(user => user.Id == userId, cancellationToken);
            var change = token.Payload is null ? null : JsonSerializer.Deserialize<EmailChange>(token.Payload);
            if (change is not null)
            {
                var former = user.Email;
                user.ChangeEmail(Email.Parse(change.Email).Value, time.GetUtcNow());
                mails.EmailChanged(user, former);
            }

            user.SetVerified(true, time.GetUtcNow());
            log.Add(change is not null ? SecurityEventKind.EmailChanged : SecurityEventKind.EmailVerified, userId);
            if (!await db.TrySaveUniqueAsync(cancellationToken))
            {
                return UserErrors.EmailTaken;
            }

            // Links to the address that was, or to others that were asked for, are good no longer.
            await db.OneTimeTokens
                .Where(other => other.UserId == userId && (other.Purpose == TokenPurpose.VerifyEmail || other.Purpose == TokenPurpose.ChangeEmail
                    || (change != null && other.Purpose == TokenPurpose.ResetPassword)))
                .ExecuteDeleteAsync(cancellationToken);
            if (change is { EndOtherSessions: true })
            {
                await others.EndAsync(userId, except: change.AskedBy, cancellationToken);
            }

            return Result.Success;
        }
    }
}
