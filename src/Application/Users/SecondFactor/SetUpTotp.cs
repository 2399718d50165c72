using System.Text.Json.Serialization;
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

namespace FaceId.Application.Users.SecondFactor;

/// <summary>Begins to set up an authenticator app, or to replace the one there is. Nothing changes until a code confirms it.</summary>
[OwnAccount, EvenBeforeSetup, FreshProof(SecondFactor = true)]
public sealed record SetUpTotp : ICommand<SetUpTotp.Response>, ITransactional
{
    /// <param name="Secret">In base32, for typing in.</param>
    /// <param name="OtpauthUri">The same, for apps.</param>
    /// <param name="QrSvg">The same, as a picture to scan.</param>
    public sealed record Response(string Secret, string OtpauthUri, string QrSvg);

    internal sealed class Handler(IFaceIdDb db, ITotp totp, ISecrets secrets, ICaller caller, TimeProvider time)
        : IRequestHandler<SetUpTotp, ErrorOr<Response>>
    {
        public async Task<ErrorOr<Response>> Handle(SetUpTotp request, CancellationToken cancellationToken)
        {
            var userId = caller.RequiredUserId();
            var user = await db.Users.SingleAsync(user => user.Id == userId, cancellationToken);
            var secret = totp.NewSecret();
            user.BeginTotp(secrets.Seal(secret, userId), time.GetUtcNow());
            await db.SaveChangesAsync(cancellationToken);
            var uri = totp.Uri(secret, user.Email);
            return new Response(secret, uri, totp.QrSvg(uri));
        }
    }
}

/// <summary>Confirms by a code that the authenticator app works. From now on it is asked for at every login. The session gets new tokens.</summary>
/// <param name="EndOtherSessions">Whether all of the person's other sessions end.</param>
/// <param name="MailedToken">After an administrator removed the second factor: the token that was mailed then.</param>
[OwnAccount, EvenBeforeSetup, FreshProof(SecondFactor = true)]
public sealed record EnableTotp(string? Code, bool EndOtherSessions = true, string? MailedToken = null) : ICommand<EnableTotp.Response>, ITransactional
{
    /// <param name="RecoveryCodes">Each signs in once when the second factor is lost. They are shown this once; those before are good no longer.</param>
    public sealed record Response(IReadOnlyList<string> RecoveryCodes, [property: JsonIgnore] SessionTokens Tokens) : SessionTokens(Tokens);

    internal sealed class Validator : AbstractValidator<EnableTotp>
    {
        public Validator() => RuleFor(request => request.Code).NotEmpty().WithMessage("Give a code of the app.")
            .PossibleCode();
    }

    internal sealed class Handler(
        IFaceIdDb db,
        ITotp totp,
        ISecrets secrets,
        MfaEnrolment enrolment,
        RecoveryCodes recoveryCodes,
        SessionRenewal renewal,
        OtherSessions others,
        AccountMails mails,
        SecurityLog log,
        ICaller caller,
        TimeProvider time) : IRequestHandler<EnableTotp, ErrorOr<Response>>
    {
        public async Task<ErrorOr<Response>> Handle(EnableTotp request, CancellationToken cancellationToken)
        {
            var userId = caller.RequiredUserId();
            await db.LockUserAsync(userId, cancellationToken);
            var user = await db.Users.SingleAsync(user => user.Id == userId, cancellationToken);
            if (user.MfaPendingSecret is null)
            {
                return UserErrors.MfaSetupMissing;
            }

            if (totp.Match(secrets.Open(user.MfaPendingSecret, userId), request.Code!) is not { } step)
            {
                return UserErrors.InvalidCode;
            }

            if (await enrolment.CheckAsync(user, request.MailedToken, cancellationToken) is { IsError: true } refused)
            {
                return refused.Errors;
            }

            user.ConfirmTotp(step, time.GetUtcNow());
            var codes = await recoveryCodes.ReplaceAsync(userId, cancellationToken);
            if (await renewal.RenewAsync(secondFactor: true, cancellationToken) is not { } tokens)
            {
                return SecurityErrors.SignInNeeded;
            }

            mails.MfaEnabled(user);
            log.Add(SecurityEventKind.MfaEnabled, userId, "totp");
            await db.SaveChangesAsync(cancellationToken);
            if (request.EndOtherSessions)
            {
                await others.EndAsync(userId, except: caller.RequiredSession().SessionId, cancellationToken);
            }

            return new Response(codes.RecoveryCodes, tokens);
        }
    }
}
