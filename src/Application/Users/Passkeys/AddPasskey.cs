using System.Text.Json;
using System.Text.Json.Serialization;
using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Users.SecondFactor;
using FaceId.Application.Users.SecurityEvents;
using FaceId.Application.Users.Sessions;
using FaceId.Application.Users.SignIn;
using FaceId.Domain.Users;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Users.Passkeys;

/// <summary>Asks an authenticator for a new passkey.</summary>
[OwnAccount, EvenBeforeSetup, FreshProof(SecondFactor = true)]
public sealed record BeginPasskey : ICommand<PasskeyChallenge>
{
    internal sealed class Handler(IFaceIdDb db, IPasskeyCeremonies ceremonies, OneTimeTokens oneTimeTokens, ICaller caller)
        : IRequestHandler<BeginPasskey, ErrorOr<PasskeyChallenge>>
    {
        public async Task<ErrorOr<PasskeyChallenge>> Handle(BeginPasskey request, CancellationToken cancellationToken)
        {
            var userId = caller.RequiredUserId();
            var user = await db.Users.AsNoTracking().SingleAsync(user => user.Id == userId, cancellationToken);
            var existing = await db.CredentialIdsAsync(userId, cancellationToken);
            if (existing.Count >= Passkey.MaxPerUser)
            {
                return UserErrors.TooManyPasskeys;
            }

            var challenge = ceremonies.BeginRegistration(user, existing);
            var token = oneTimeTokens.Issue(TokenPurpose.PasskeyRegistration, userId, PasskeyChallenge.Lifetime, challenge);
            await db.SaveChangesAsync(cancellationToken);
            return new PasskeyChallenge(token, JsonElement.Parse(challenge));
        }
    }
}

/// <summary>Adds the passkey that an authenticator made. The first second factor of an account comes with recovery codes. The session gets new tokens.</summary>
/// <param name="Token">The token that came with the options.</param>
/// <param name="Name">By which the person knows the authenticator.</param>
/// <param name="Credential">What the browser's navigator.credentials.create() gave for the options.</param>
/// <param name="EndOtherSessions">Whether all of the person's other sessions end.</param>
/// <param name="MailedToken">After an administrator removed the second factor: the token that was mailed then.</param>
[OwnAccount, EvenBeforeSetup, FreshProof(SecondFactor = true)]
public sealed record AddPasskey(string? Token, string? Name, JsonElement? Credential, bool EndOtherSessions = true, string? MailedToken = null)
    : ICommand<AddPasskey.Response>
{
    /// <param name="RecoveryCodes">When this is the account's first second factor: each signs in once when it is lost. They are shown this once.</param>
    public sealed record Response(
        int Id,
        string Name,
        DateTimeOffset CreatedAt,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? RecoveryCodes,
        [property: JsonIgnore] SessionTokens Tokens) : SessionTokens(Tokens);

    internal sealed class Validator : AbstractValidator<AddPasskey>
    {
        public Validator()
        {
            RuleFor(request => request.Token).NotEmpty().WithMessage("Give the token of POST /api/v1/me/passkeys/options.");
            RuleFor(request => request.Name).ValidPasskeyName();
            RuleFor(request => request.Credential).NotNull().WithMessage("Give the credential that the browser made for the options.");
        }
    }

    internal sealed class Handler(
        IFaceIdDb db,
        IPasskeyCeremonies ceremonies,
        OneTimeTokens oneTimeTokens,
        MfaEnrolment enrolment,
        RecoveryCodes recoveryCodes,
        SessionRenewal renewal,
        OtherSessions others,
        AccountMails mails,
        SecurityLog log,
        ICaller caller,
        TimeProvider time) : IRequestHandler<AddPasskey, ErrorOr<Response>>
    {
        public async Task<ErrorOr<Response>> Handle(AddPasskey request, CancellationToken cancellationToken)
        {
            var userId = caller.RequiredUserId();
            var challenge = await oneTimeTokens.FindAsync(request.Token, cancellationToken, TokenPurpose.PasskeyRegistration);
            if (challenge?.UserId != userId || !await oneTimeTokens.TakeAsync(challenge, cancellationToken))
            {
                return UserErrors.InvalidToken;
            }

            return await ceremonies.FinishRegistrationAsync(challenge.Payload!, request.Credential!.Value, cancellationToken) is { } made
                ? await KeepAsync(userId, request, made, cancellationToken)
                : UserErrors.InvalidPasskey;
        }

        private async Task<ErrorOr<Response>> KeepAsync(int userId, AddPasskey request, NewPasskey made, CancellationToken cancellationToken)
        {
            var name = Passkey.ParseName(request.Name).Value;
            await using var transaction = await db.BeginTransactionAsync(cancellationToken);
            await db.LockUserAsync(userId, cancellationToken);
            var user = await db.Users.SingleAsync(user => user.Id == userId, cancellationToken);
            if (await db.Passkeys.CountAsync(passkey => passkey.UserId == userId, cancellationToken) >= Passkey.MaxPerUser)
            {
                return UserErrors.TooManyPasskeys;
            }

            if (await enrolment.CheckAsync(user, request.MailedToken, cancellationToken) is { IsError: true } refused)
            {
                return refused.Errors;
            }

            var now = time.GetUtcNow();
            var passkey = Passkey.Register(userId, name, made.CredentialId, made.PublicKey, made.UserHandle, made.SignCount, made.Aaguid, made.IsBackedUp, now);
            db.Passkeys.Add(passkey);
            RecoveryCodesResponse? codes = null;
            if (!user.MfaEnabled)
            {
                user.RequireSecondFactor(now);
                codes = await recoveryCodes.ReplaceAsync(userId, cancellationToken);
                log.Add(SecurityEventKind.MfaEnabled, userId, SecondFactors.Name(SecondFactorMethod.Passkey));
            }

            if (await renewal.RenewAsync(secondFactor: true, cancellationToken) is not { } tokens)
            {
                return SecurityErrors.SignInNeeded;
            }

            mails.PasskeyAdded(user, name);
            log.Add(SecurityEventKind.PasskeyAdded, userId, name);
            if (!await db.TrySaveUniqueAsync(cancellationToken))
            {
                // Another account, or this one, has the credential already.
                return UserErrors.InvalidPasskey;
            }

            if (request.EndOtherSessions)
            {
                await others.EndAsync(userId, except: caller.RequiredSession().SessionId, cancellationToken);
            }

            await transaction.CommitAsync(cancellationToken);
            return new Response(passkey.Id, name, now, codes?.RecoveryCodes, tokens);
        }
    }
}
