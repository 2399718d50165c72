using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Users.SecurityEvents;
using FaceId.Application.Users.Sessions;
using FaceId.Domain.Users;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Users.SignIn;

/// <summary>
/// Sets a new password by the token that was mailed. It ends all sessions and signs nobody in: a second factor is asked for at the
/// next login as ever.
/// </summary>
[Anonymous]
public sealed record ResetPassword(string? Token, string? Password) : ICommand<Success>
{
    internal sealed class Validator : AbstractValidator<ResetPassword>
    {
        public Validator(PasswordPolicy policy) => RuleFor(request => request.Password).ValidPassword(policy, _ => null, _ => null);
    }

    internal sealed class Handler(
        IFaceIdDb db,
        IPasswordHasher hasher,
        PasswordPolicy policy,
        OneTimeTokens oneTimeTokens,
        IAttemptLimiter limiter,
        AccountMails mails,
        SecurityLog log,
        TimeProvider time) : IRequestHandler<ResetPassword, ErrorOr<Success>>
    {
        public async Task<ErrorOr<Success>> Handle(ResetPassword request, CancellationToken cancellationToken)
        {
            var token = await oneTimeTokens.FindAsync(request.Token, cancellationToken, TokenPurpose.ResetPassword);
            if (token is not { UserId: { } userId })
            {
                return UserErrors.InvalidToken;
            }

            var before = await db.Users.AsNoTracking().SingleAsync(user => user.Id == userId, cancellationToken);
            if (policy.Check(request.Password, before.Email, before.Name) is { IsError: true } refused)
            {
                return refused.Errors;
            }

            var hash = await hasher.HashAsync(request.Password!, cancellationToken);
            if (hash.IsError)
            {
                return hash.Errors;
            }

            await using var transaction = await db.BeginTransactionAsync(cancellationToken);
            if (!await db.LockUserAsync(userId, cancellationToken) || !await oneTimeTokens.TakeAsync(token, cancellationToken))
            {
                return UserErrors.InvalidToken;
            }

            var user = await db.Users.SingleAsync(user => user.Id == userId, cancellationToken);
            user.ChangePassword(hash.Value, time.GetUtcNow());

            // The mail arrived, so the address is the person's own.
            user.SetVerified(true, time.GetUtcNow());
            mails.PasswordChanged(user);
            log.Add(SecurityEventKind.PasswordReset, userId);
            await db.SaveChangesAsync(cancellationToken);
            await db.Sessions.EndAllAsync(userId, except: null, cancellationToken);
            await db.OneTimeTokens.Where(other => other.UserId == userId && other.Purpose != TokenPurpose.MfaEnrolment).ExecuteDeleteAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            await limiter.ForgetAsync([new Guess(GuessKind.Password, user.Email.ToLowerInvariant())], cancellationToken);
            return Result.Success;
        }
    }
}
