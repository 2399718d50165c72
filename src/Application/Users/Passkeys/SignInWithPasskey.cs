using System.Text.Json;
using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Users.SecondFactor;
using FaceId.Application.Users.SecurityEvents;
using FaceId.Application.Users.SignIn;
using FaceId.Domain.Users;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Users.Passkeys;

/// <summary>Asks whoever wants to sign in for a passkey. No address is asked for, so the answer tells nothing about anybody.</summary>
[Anonymous]
public sealed record BeginPasskeySignIn : ICommand<PasskeyChallenge>
{
    internal sealed class Handler(IFaceIdDb db, IPasskeyCeremonies ceremonies, OneTimeTokens oneTimeTokens)
        : IRequestHandler<BeginPasskeySignIn, ErrorOr<PasskeyChallenge>>
    {
        public async Task<ErrorOr<PasskeyChallenge>> Handle(BeginPasskeySignIn request, CancellationToken cancellationToken)
        {
            var challenge = ceremonies.BeginAssertion([]);
            var token = oneTimeTokens.Issue(TokenPurpose.PasskeySignIn, userId: null, PasskeyChallenge.Lifetime, challenge);
            await db.SaveChangesAsync(cancellationToken);
            return new PasskeyChallenge(token, JsonElement.Parse(challenge));
        }
    }
}

/// <summary>Signs in by a passkey alone: it is something the person has, unlocked by something they know or are.</summary>
/// <param name="Token">The token that came with the options.</param>
/// <param name="Credential">What the browser's navigator.credentials.get() gave for the options.</param>
/// <param name="DeviceToken">What an earlier sign-in on this device was answered.</param>
/// <param name="Cookie">Whether a browser signs in, which gets a cookie instead of tokens.</param>
[Anonymous]
public sealed record SignInWithPasskey(string? Token, JsonElement? Credential, string? DeviceToken = null, bool Cookie = false)
    : ICommand<SignInResponse>
{
    internal sealed class Validator : AbstractValidator<SignInWithPasskey>
    {
        public Validator()
        {
            RuleFor(request => request.Token).NotEmpty().WithMessage("Give the token of POST /api/v1/auth/passkeys/options.");
            RuleFor(request => request.Credential).NotNull().WithMessage("Give the credential that the browser made for the options.");
        }
    }

    internal sealed class Handler(
        IFaceIdDb db,
        OneTimeTokens oneTimeTokens,
        PasskeyUse passkeys,
        IAttemptLimiter limiter,
        IKnownDevices devices,
        SessionStarter starter,
        SecurityLog log,
        ICaller caller) : IRequestHandler<SignInWithPasskey, ErrorOr<SignInResponse>>
    {
        private static readonly string Method = SecondFactors.Name(SecondFactorMethod.Passkey);

        public async Task<ErrorOr<SignInResponse>> Handle(SignInWithPasskey request, CancellationToken cancellationToken)
        {
            Guess[] guesses = [new(GuessKind.Address, caller.IpAddress ?? "")];
            var allowed = await limiter.BeginAsync(guesses, cancellationToken);
            if (allowed.IsError)
            {
                await log.WriteAsync(SecurityEventKind.SignInBlocked, userId: null, Method, cancellationToken);
                return allowed.Errors;
            }

            var challenge = await oneTimeTokens.FindAsync(request.Token, cancellationToken, TokenPurpose.PasskeySignIn);
            if (challenge is null || !await oneTimeTokens.TakeAsync(challenge, cancellationToken))
            {
                await log.WriteAsync(SecurityEventKind.SignInFailed, userId: null, Method, cancellationToken);
                return UserErrors.InvalidToken;
            }

            var check = await passkeys.CheckAsync(challenge.Payload!, request.Credential!.Value, userId: null, cancellationToken);
            if (check is not { IsGood: true, OwnerId: { } userId } || !await db.Users.AnyAsync(user => user.Id == userId && user.IsActive, cancellationToken))
            {
                await log.WriteAsync(SecurityEventKind.SignInFailed, check.OwnerId, Method, cancellationToken);
                return UserErrors.InvalidPasskey;
            }

            await limiter.ForgetAsync(guesses, cancellationToken);
            var deviceToken = devices.Recognise(request.DeviceToken, userId) is null ? null : request.DeviceToken;
            var started = await starter.StartAsync(
                new SignInRequest(userId, Method, SecondFactor: true, request.Cookie, deviceToken), cancellationToken);

            // Deactivated or erased meanwhile.
            return started.IsError ? UserErrors.InvalidPasskey : started;
        }
    }
}
