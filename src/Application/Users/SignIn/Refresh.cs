using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Users.SecurityEvents;
using FaceId.Domain.Users;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Users.SignIn;

/// <summary>Trades a refresh token for new tokens. A token that was used before ends its session: one of its two holders is a thief.</summary>
[Anonymous]
public sealed record Refresh(string? RefreshToken) : ICommand<SignInResponse>
{
    internal sealed class Validator : AbstractValidator<Refresh>
    {
        public Validator() => RuleFor(request => request.RefreshToken).NotEmpty().WithMessage("Give the refreshToken of the last answer.")
            .MaximumLength(SecretToken.MaxLength).WithMessage("No refresh token is that long.");
    }

    internal sealed class Handler(
        IFaceIdDb db, SessionRenewal renewal, SecurityLog log, AccountMails mails, TimeProvider time)
        : IRequestHandler<Refresh, ErrorOr<SignInResponse>>
    {
        public async Task<ErrorOr<SignInResponse>> Handle(Refresh request, CancellationToken cancellationToken)
        {
            var hash = SecretToken.Hash(request.RefreshToken!);
            var sessionId = await db.RefreshTokens.AsNoTracking()
                .Where(token => token.TokenHash == hash).Select(token => (Guid?)token.SessionId).SingleOrDefaultAsync(cancellationToken);
            if (sessionId is not { } id)
            {
                return UserErrors.InvalidRefreshToken;
            }

            // One at a time for each session.
            await using var transaction = await db.BeginTransactionAsync(cancellationToken);
            if (!await db.LockSessionAsync(id, cancellationToken))
            {
                return UserErrors.InvalidRefreshToken;
            }

            var session = await db.Sessions.SingleAsync(session => session.Id == id, cancellationToken);
            var token = await db.RefreshTokens.SingleOrDefaultAsync(token => token.TokenHash == hash, cancellationToken);
            if (token is null)
            {
                // A proof has just replaced the session's tokens.
                return UserErrors.InvalidRefreshToken;
            }

            var successors = await db.RefreshTokens
                .Where(other => other.SessionId == id && other.Id > token.Id).ToListAsync(cancellationToken);
            var user = await db.Users.AsNoTracking().SingleAsync(user => user.Id == session.UserId, cancellationToken);
            var now = time.GetUtcNow();
            var outcome = user.IsActive && session.ExpiresAt > now
                ? token.Use(successors.Exists(successor => successor.UsedAt is not null), now)
                : RefreshOutcome.Expired;
            ErrorOr<SignInResponse> answer = outcome switch
            {
                RefreshOutcome.Renewed => await RenewAsync(session, user.Role, successors, now, cancellationToken),
                RefreshOutcome.Raced => UserErrors.RefreshRaced,
                RefreshOutcome.Reused => End(session, user),
                _ => UserErrors.InvalidRefreshToken,
            };
            await db.SaveChangesAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return answer;
        }

        private async Task<SignInResponse> RenewAsync(
            Session session, Role role, List<RefreshToken> lost, DateTimeOffset now, CancellationToken cancellationToken)
        {
            lost.ForEach(token => token.Void(now));
            return new SignInResponse(await renewal.EquipAsync(session, role, browser: false, now, cancellationToken));
        }

        private Error End(Session session, User user)
        {
            db.Sessions.Remove(session);
            log.Add(SecurityEventKind.RefreshTokenReused, user.Id);
            mails.SessionsRevoked(user);
            return UserErrors.InvalidRefreshToken;
        }
    }
}
