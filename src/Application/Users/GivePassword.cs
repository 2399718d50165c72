using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Users.SecurityEvents;
using FaceId.Application.Users.Sessions;
using FaceId.Domain.Users;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Users;

/// <summary>
/// Gives an account another password, for an operator whom nobody can let in otherwise: by command only, no address of the web leads here.
/// The account's sessions end, and a door that guessing shut opens again.
/// </summary>
/// <param name="Generated">Whether nobody chose the password; it is good for a few days then.</param>
[Requires(Permission.ManageUsers), FreshProof]
public sealed record GivePassword(int UserId, string? Password, bool Generated) : ICommand<Success>
{
    internal sealed class Validator : AbstractValidator<GivePassword>
    {
        public Validator(PasswordPolicy policy) => RuleFor(request => request.Password).ValidPassword(policy, _ => null, _ => null);
    }

    internal sealed class Handler(
        IFaceIdDb db,
        IPasswordHasher hasher,
        PasswordPolicy policy,
        IAttemptLimiter limiter,
        AccountMails mails,
        SecurityLog log,
        AccountOptions options,
        ICaller caller,
        TimeProvider time) : IRequestHandler<GivePassword, ErrorOr<Success>>
    {
        public async Task<ErrorOr<Success>> Handle(GivePassword request, CancellationToken cancellationToken)
        {
            var hash = await hasher.HashAsync(request.Password!, cancellationToken);
            if (hash.IsError)
            {
                return hash.Errors;
            }

            await using var transaction = await db.BeginTransactionAsync(cancellationToken);
            if (!await db.LockUserAsync(request.UserId, cancellationToken))
            {
                return UserErrors.NotFound;
            }

            var user = await db.Users.SingleAsync(user => user.Id == request.UserId, cancellationToken);
            if (!caller.MayActOn(user.Id, user.Role))
            {
                return SecurityErrors.Forbidden;
            }

            if (policy.Check(request.Password, user.Email, user.Name) is { IsError: true } refused)
            {
                return refused.Errors;
            }

            var now = time.GetUtcNow();
            user.ChangePassword(hash.Value, now, request.Generated || options.ReplaceGivenPasswords ? now + options.InitialPasswordLifetime : null);
            log.Add(SecurityEventKind.PasswordChanged, user.Id);
            mails.PasswordChanged(user);
            await db.SaveChangesAsync(cancellationToken);
            await db.Sessions.EndAllAsync(user.Id, except: null, cancellationToken);
            await db.OneTimeTokens.Where(token => token.UserId == user.Id && token.Purpose != TokenPurpose.VerifyEmail)
                .ExecuteDeleteAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);

            // What was guessed at is no more.
            await limiter.ForgetAsync([new Guess(GuessKind.Password, user.Email.ToLowerInvariant())], cancellationToken);
            return Result.Success;
        }
    }
}
