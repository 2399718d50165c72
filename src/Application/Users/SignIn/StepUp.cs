using System.Text.Json;
using System.Text.Json.Serialization;
using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Faces;
using FaceId.Application.Recognition;
using FaceId.Application.Users.SecondFactor;
using FaceId.Application.Users.SecurityEvents;
using FaceId.Application.Users.Sessions;
using FaceId.Domain.Users;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Users.SignIn;

/// <summary>
/// Proves anew who is signed in, for requests that are sensitive. A face counts only beside a password or code, only for accounts with a
/// second factor, and never as that factor: it opens no change of factors, password or address. There is always a way without it.
/// Browsers get a new cookie; see <see cref="SessionRenewal"/>.
/// </summary>
/// <param name="Token">The token that came with the challenge to a passkey.</param>
/// <param name="LivenessSession">With a face: a liveness session that passed.</param>
/// <param name="Credential">What the browser's navigator.credentials.get() gave for that challenge.</param>
[OwnAccount, EvenBeforeSetup, EvenWithGivenPassword]
public sealed record StepUp(
    ProofMethod? Method,
    string? Password = null,
    string? Code = null,
    IPhoto? Photo = null,
    string? Token = null,
    JsonElement? Credential = null,
    Guid? LivenessSession = null) : ICommand<StepUp.Response>
{
    /// <param name="ProvenUntil">Until when sensitive requests are taken.</param>
    /// <param name="SecondFactor">Whether this proof included a second factor.</param>
    public sealed record Response(DateTimeOffset ProvenUntil, bool SecondFactor, [property: JsonIgnore] SessionTokens Tokens) : SessionTokens(Tokens);

    internal sealed class Validator : AbstractValidator<StepUp>
    {
        public Validator()
        {
            RuleFor(request => request.Method).NotNull().WithMessage("Give the method: password, totp, recovery, passkey or face.");
            RuleFor(request => request.Password).NotEmpty().When(request => request.Method == ProofMethod.Password)
                .WithMessage("Give the password of the account.")
                .PossiblePassword();
            RuleFor(request => request.Code).NotEmpty()
                .When(request => request.Method is ProofMethod.Totp or ProofMethod.Recovery).WithMessage("Give the code.")
                .PossibleCode();
            RuleFor(request => request.Token).NotEmpty().When(request => request.Method == ProofMethod.Passkey)
                .WithMessage("Give the token of POST /api/v1/auth/step-up/passkey-options.");
            RuleFor(request => request.Credential).NotNull().When(request => request.Method == ProofMethod.Passkey)
                .WithMessage("Give the credential that the browser made for the options.");
            RuleFor(request => request.Photo).NotNull().When(request => request.Method == ProofMethod.Face)
                .WithMessage("Send multipart/form-data with the photo as 'image'.");
            RuleFor(request => request.Code).Must((request, code) => code is not null || request.Password is not null)
                .When(request => request.Method == ProofMethod.Face)
                .WithMessage("A face is never enough alone: send the password or a code of your authenticator app with it.");
        }
    }

    internal sealed class Handler(
        IFaceIdDb db,
        IPasswordHasher hasher,
        IAttemptLimiter limiter,
        SecondFactors secondFactors,
        OneTimeTokens oneTimeTokens,
        SessionRenewal renewal,
        OtherSessions others,
        SecurityLog log,
        IMediator mediator,
        AccountOptions options,
        ICaller caller,
        TimeProvider time) : IRequestHandler<StepUp, ErrorOr<Response>>
    {
        public async Task<ErrorOr<Response>> Handle(StepUp request, CancellationToken cancellationToken)
        {
            var userId = caller.RequiredUserId();
            var user = await db.Users.AsNoTracking().SingleAsync(user => user.Id == userId, cancellationToken);
            var method = request.Method!.Value;
            var check = method switch
            {
                ProofMethod.Password => await CheckPasswordAsync(user, request.Password!, cancellationToken),
                ProofMethod.Totp => await secondFactors.CheckAsync(user, SecondFactorMethod.Totp, request.Code!, cancellationToken),
                ProofMethod.Recovery => await secondFactors.CheckAsync(user, SecondFactorMethod.Recovery, request.Code!, cancellationToken),
                ProofMethod.Passkey => await CheckPasskeyAsync(user, request, cancellationToken),
                ProofMethod.Face => await CheckFaceAsync(user, request, cancellationToken),
                _ => throw new InvalidOperationException($"No check for {method}."),
            };
            if (check.IsError)
            {
                return check.Errors;
            }

            var secondFactor = method is ProofMethod.Totp or ProofMethod.Recovery or ProofMethod.Passkey;
            await using var transaction = await db.BeginTransactionAsync(cancellationToken);
            if (await renewal.RenewAsync(secondFactor, cancellationToken) is not { } tokens)
            {
                return SecurityErrors.SignInNeeded;
            }

            log.Add(SecurityEventKind.Proven, userId, Name(method));
            await db.SaveChangesAsync(cancellationToken);
            if (method == ProofMethod.Recovery)
            {
                // A recovery code means that a factor is lost, perhaps to somebody who is signed in.
                await others.EndAsync(userId, except: caller.RequiredSession().SessionId, cancellationToken);
            }

            await transaction.CommitAsync(cancellationToken);
            return new Response(time.GetUtcNow() + options.ProofLifetime, secondFactor, tokens);
        }

        private async Task<ErrorOr<Success>> CheckPasswordAsync(User user, string password, CancellationToken cancellationToken)
        {
            Guess[] guesses = [new(GuessKind.Proof, $"{user.Id}")];
            var allowed = await limiter.BeginAsync(guesses, cancellationToken);
            if (allowed.IsError)
            {
                return allowed.Errors;
            }

            var right = await hasher.VerifyAsync(password, user.HashedPassword, cancellationToken);
            if (right.IsError)
            {
                return right.Errors;
            }

            if (right.Value && user.IsPasswordOver(time.GetUtcNow()))
            {
                return UserErrors.PasswordOver;
            }

            if (!right.Value)
            {
                await log.WriteAsync(SecurityEventKind.ProofFailed, user.Id, Name(ProofMethod.Password), cancellationToken);
                return UserErrors.WrongPassword;
            }

            await limiter.ForgetAsync(guesses, cancellationToken);
            return Result.Success;
        }

        private async Task<ErrorOr<Success>> CheckPasskeyAsync(User user, StepUp request, CancellationToken cancellationToken)
        {
            var challenge = await oneTimeTokens.FindAsync(request.Token, cancellationToken, TokenPurpose.PasskeyProof);
            return challenge?.UserId == user.Id && await oneTimeTokens.TakeAsync(challenge, cancellationToken)
                ? await secondFactors.CheckPasskeyAsync(user, challenge.Payload, request.Credential!.Value, cancellationToken)
                : UserErrors.InvalidToken;
        }

        private async Task<ErrorOr<Success>> CheckFaceAsync(User user, StepUp request, CancellationToken cancellationToken)
        {
            if (!user.MfaEnabled)
            {
                return UserErrors.MfaNotEnabled;
            }

            var known = request.Code is { } code
                ? await secondFactors.CheckAsync(user, SecondFactorMethod.Totp, code, cancellationToken)
                : await CheckPasswordAsync(user, request.Password!, cancellationToken);
            if (known.IsError)
            {
                return known.Errors;
            }

            var proof = await mediator.Send(new ProveFace(user.Id, request.Photo!, request.LivenessSession), cancellationToken);
            if (proof.IsError)
            {
                return proof.Errors;
            }

            if (proof.Value.Verified)
            {
                return Result.Success;
            }

            await log.WriteAsync(SecurityEventKind.ProofFailed, user.Id, Name(ProofMethod.Face), cancellationToken);
            return UserErrors.FaceNotRecognised;
        }

        private static string Name(ProofMethod method) => method.ToString().ToLowerInvariant();
    }
}

public enum ProofMethod
{
    Password,
    Totp,
    Recovery,
    Passkey,

    /// <summary>Beside a password or a code.</summary>
    Face,
}
