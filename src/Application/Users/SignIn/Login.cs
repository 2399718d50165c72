using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Users.SecondFactor;
using FaceId.Application.Users.SecurityEvents;
using FaceId.Domain.Users;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Users.SignIn;

/// <summary>Signs in by e-mail address and password; an account with a second factor is asked for it next.</summary>
/// <param name="DeviceToken">What an earlier sign-in on this device was answered.</param>
/// <param name="Cookie">Whether a browser signs in, which gets a cookie instead of tokens.</param>
[Anonymous]
public sealed record Login(string? Email, string? Password, string? DeviceToken = null, bool Cookie = false) : ICommand<SignInResponse>
{
    internal sealed class Validator : AbstractValidator<Login>
    {
        public Validator()
        {
            RuleFor(request => request.Email).NotEmpty().WithMessage("Give the e-mail address of the account.");
            RuleFor(request => request.Password).NotEmpty().WithMessage("Give the password of the account.")
                .PossiblePassword();
        }
    }

    internal sealed class Handler(
        IFaceIdDb db,
        IPasswordHasher hasher,
        PasswordRenewal renewal,
        IKnownDevices devices,
        IAttemptLimiter limiter,
        SecondFactors secondFactors,
        SessionStarter starter,
        SecurityLog log,
        AnswerTiming timing,
        ICaller caller,
        TimeProvider time) : IRequestHandler<Login, ErrorOr<SignInResponse>>
    {
        public async Task<ErrorOr<SignInResponse>> Handle(Login request, CancellationToken cancellationToken)
        {
            var started = timing.Start();
            var email = Domain.Users.Email.Parse(request.Email);
            var user = email.IsError
                ? null
                : await db.Users.AsNoTracking().WithEmail(email.Value).SingleOrDefaultAsync(cancellationToken);

            var device = user is null ? null : devices.Recognise(request.DeviceToken, user.Id);
            Guess[] guesses =
            [
                device is null
                    ? new(GuessKind.Password, email.IsError ? "" : email.Value.Value)
                    : new(GuessKind.PasswordOnKnownDevice, device),
                new(GuessKind.Address, caller.IpAddress ?? ""),
            ];
            var allowed = await limiter.BeginAsync(guesses, cancellationToken);
            if (allowed.IsError)
            {
                await log.WriteAsync(SecurityEventKind.SignInBlocked, user?.Id, null, cancellationToken);
                await timing.EvenOutAsync(started, cancellationToken);
                return allowed.Errors;
            }

            // The same work and the same answer whether the account exists, is active, or the password is wrong.
            var right = await hasher.VerifyAsync(request.Password!, user?.HashedPassword, cancellationToken);
            if (right.IsError)
            {
                return right.Errors;
            }

            if (!right.Value || user is not { IsActive: true })
            {
                await log.WriteAsync(SecurityEventKind.SignInFailed, user?.Id, null, cancellationToken);
                await timing.EvenOutAsync(started, cancellationToken);
                return UserErrors.InvalidCredentials;
            }

            if (user.IsPasswordOver(time.GetUtcNow()))
            {
                await log.WriteAsync(SecurityEventKind.SignInFailed, user.Id, "password over", cancellationToken);
                return UserErrors.PasswordOver;
            }

            await limiter.ForgetAsync(guesses, cancellationToken);
            var hash = await renewal.RenewAsync(user, request.Password!, cancellationToken);
            var deviceToken = device is null ? null : request.DeviceToken;
            return user.MfaEnabled
                ? await secondFactors.AskAsync(user, new SecondFactors.Pending(request.Cookie, deviceToken), cancellationToken)
                : await starter.StartAsync(
                    new SignInRequest(user.Id, "password", SecondFactor: false, request.Cookie, deviceToken, hash),
                    cancellationToken);
        }
    }
}
