using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Users.SecurityEvents;
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

/// <summary>Confirms by a code that the authenticator app works. From now on it is asked for at every login.</summary>
[OwnAccount, EvenBeforeSetup, FreshProof(SecondFactor = true)]
public sealed record EnableTotp(string? Code) : ICommand<RecoveryCodesResponse>, ITransactional
{
    internal sealed class Validator : AbstractValidator<EnableTotp>
    {
        public Validator() => RuleFor(request => request.Code).NotEmpty().WithMessage("Give a code of the app.")
            .MaximumLength(100).WithMessage("No code is that long.");
    }

    internal sealed class Handler(
        IFaceIdDb db, ITotp totp, ISecrets secrets, RecoveryCodes recoveryCodes, AccountMails mails, SecurityLog log, ICaller caller, TimeProvider time)
        : IRequestHandler<EnableTotp, ErrorOr<RecoveryCodesResponse>>
    {
        public async Task<ErrorOr<RecoveryCodesResponse>> Handle(EnableTotp request, CancellationToken cancellationToken)
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

            var now = time.GetUtcNow();
            user.ConfirmTotp(step, now);
            var codes = await recoveryCodes.ReplaceAsync(userId, cancellationToken);
            var session = await db.Sessions.SingleOrDefaultAsync(session => session.Id == caller.RequiredSession().SessionId, cancellationToken);
            session?.Prove(secondFactor: true, now);
            mails.MfaEnabled(user);
            log.Add(SecurityEventKind.MfaEnabled, userId, "totp");
            await db.SaveChangesAsync(cancellationToken);
            return codes;
        }
    }
}
