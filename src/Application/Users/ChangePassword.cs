using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Users.SecurityEvents;
using FaceId.Application.Users.Sessions;
using FaceId.Application.Users.SignIn;
using FaceId.Domain.Users;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Users;

/// <summary>Changes one's own password and ends all other sessions; this one is renewed.</summary>
[OwnAccount, EvenBeforeSetup, EvenWithGivenPassword, FreshProof(SecondFactor = true)]
public sealed record ChangePassword(string? CurrentPassword, string? NewPassword) : ICommand<SessionTokens>
{
    internal sealed class Validator : AbstractValidator<ChangePassword>
    {
        public Validator(PasswordPolicy policy)
        {
            RuleFor(request => request.CurrentPassword).NotEmpty().WithMessage("Give the password that the account has now.")
                .PossiblePassword();
            RuleFor(request => request.NewPassword).ValidPassword(policy, _ => null, _ => null);
            RuleFor(request => request.NewPassword).NotEqual(request => request.CurrentPassword)
                .When(request => !string.IsNullOrEmpty(request.NewPassword)).WithMessage("Choose another password than the account has now.");
        }
    }

    internal sealed class Handler(
        IFaceIdDb db,
        IPasswordHasher hasher,
        PasswordPolicy policy,
        IAttemptLimiter limiter,
        SessionRenewal renewal,
        OtherSessions others,
        AccountMails mails,
        SecurityLog log,
        ICaller caller,
        TimeProvider time) : IRequestHandler<ChangePassword, ErrorOr<SessionTokens>>
    {
        public async Task<ErrorOr<SessionTokens>> Handle(ChangePassword request, CancellationToken cancellationToken)
        {
            var userId = caller.RequiredUserId();
            Guess[] guesses = [new(GuessKind.Proof, $"{userId}")];
            var allowed = await limiter.BeginAsync(guesses, cancellationToken);
            if (allowed.IsError)
            {
                return allowed.Errors;
            }

            var before = await db.Users.AsNoTracking().SingleAsync(user => user.Id == userId, cancellationToken);
            var right = await hasher.VerifyAsync(request.CurrentPassword!, before.HashedPassword, cancellationToken);
            if (right.IsError)
            {
                return right.Errors;
            }

            if (right.Value && before.IsPasswordOver(time.GetUtcNow()))
            {
                return UserErrors.PasswordOver;
            }

            if (!right.Value)
            {
                await log.WriteAsync(SecurityEventKind.ProofFailed, userId, "password", cancellationToken);
                return UserErrors.WrongPassword;
            }

            await limiter.ForgetAsync(guesses, cancellationToken);
            if (policy.Check(request.NewPassword, before.Email, before.Name) is { IsError: true } refused)
            {
                return refused.Errors;
            }

            var hash = await hasher.HashAsync(request.NewPassword!, cancellationToken);
            if (hash.IsError)
            {
                return hash.Errors;
            }

            await using var transaction = await db.BeginTransactionAsync(cancellationToken);
            await db.LockUserAsync(userId, cancellationToken);
            var user = await db.Users.SingleAsync(user => user.Id == userId, cancellationToken);
            if (user.HashedPassword != before.HashedPassword)
            {
                // Changed by somebody else meanwhile: the password given is the current one no longer.
                return UserErrors.WrongPassword;
            }

            user.ChangePassword(hash.Value, time.GetUtcNow());
            if (await renewal.RenewAsync(secondFactor: false, cancellationToken) is not { } tokens)
            {
                return SecurityErrors.SignInNeeded;
            }

            mails.PasswordChanged(user);
            log.Add(SecurityEventKind.PasswordChanged, userId);
            await db.SaveChangesAsync(cancellationToken);
            await others.EndAsync(userId, except: caller.RequiredSession().SessionId, cancellationToken);
            await db.OneTimeTokens
                .Where(token => token.UserId == userId && (token.Purpose == TokenPurpose.ResetPassword || token.Purpose == TokenPurpose.SecondFactor))
                .ExecuteDeleteAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return tokens;
        }
    }
}
