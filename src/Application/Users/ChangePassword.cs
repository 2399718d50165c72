using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Users.Mail;
using FaceId.Application.Users.SecurityEvents;
using FaceId.Application.Users.Sessions;
using FaceId.Domain.Users;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Users;

/// <summary>Changes one's own password and ends all other sessions.</summary>
[OwnAccount, EvenBeforeSetup, FreshProof(SecondFactor = true)]
public sealed record ChangePassword(string? CurrentPassword, string? NewPassword) : ICommand<Success>
{
    internal sealed class Validator : AbstractValidator<ChangePassword>
    {
        public Validator()
        {
            RuleFor(request => request.CurrentPassword).NotEmpty().WithMessage("Give the password that the account has now.")
                .MaximumLength(Password.MaxLength * 4).WithMessage("No password is that long.");
            RuleFor(request => request.NewPassword).ValidPassword();
        }
    }

    internal sealed class Handler(
        IFaceIdDb db, IPasswordHasher hasher, IAttemptLimiter limiter, AccountMails mails, SecurityLog log, ICaller caller, TimeProvider time)
        : IRequestHandler<ChangePassword, ErrorOr<Success>>
    {
        public async Task<ErrorOr<Success>> Handle(ChangePassword request, CancellationToken cancellationToken)
        {
            var userId = caller.RequiredUserId();
            Guess[] guesses = [new(GuessKind.Proof, $"{userId}")];
            var allowed = await limiter.BeginAsync(guesses, cancellationToken);
            if (allowed.IsError)
            {
                return allowed.Errors;
            }

            var current = await db.Users.AsNoTracking().Where(user => user.Id == userId).Select(user => user.HashedPassword).SingleAsync(cancellationToken);
            if (!await hasher.VerifyAsync(request.CurrentPassword!, current, cancellationToken))
            {
                await log.WriteAsync(SecurityEventKind.ProofFailed, userId, "password", cancellationToken);
                return UserErrors.WrongPassword;
            }

            await limiter.ForgetAsync(guesses, cancellationToken);
            var hash = await hasher.HashAsync(request.NewPassword!, cancellationToken);
            await using var transaction = await db.BeginTransactionAsync(cancellationToken);
            await db.LockUserAsync(userId, cancellationToken);
            var user = await db.Users.SingleAsync(user => user.Id == userId, cancellationToken);
            if (user.HashedPassword != current)
            {
                // Changed by somebody else meanwhile: the password given is the current one no longer.
                return UserErrors.WrongPassword;
            }

            user.ChangePassword(hash, time.GetUtcNow());
            mails.PasswordChanged(user);
            log.Add(SecurityEventKind.PasswordChanged, userId);
            await db.SaveChangesAsync(cancellationToken);
            await db.Sessions.EndAllAsync(userId, except: caller.RequiredSession().SessionId, cancellationToken);
            await db.OneTimeTokens
                .Where(token => token.UserId == userId && (token.Purpose == TokenPurpose.ResetPassword || token.Purpose == TokenPurpose.SecondFactor))
                .ExecuteDeleteAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return Result.Success;
        }
    }
}
