using System.Text.Json;
using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Users.SecondFactor;
using FaceId.Domain.Users;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Users.SignIn;

/// <summary>Signs in by the second factor that a login asked for.</summary>
/// <param name="Code">Of the authenticator app, or one of the recovery codes.</param>
/// <param name="Credential">What the browser's navigator.credentials.get() gave for the login's passkeyOptions.</param>
[Anonymous]
public sealed record CompleteSignIn(string? MfaToken, SecondFactorMethod? Method, string? Code = null, JsonElement? Credential = null)
    : ICommand<SignInResponse>
{
    internal sealed class Validator : AbstractValidator<CompleteSignIn>
    {
        public Validator()
        {
            RuleFor(request => request.MfaToken).NotEmpty().WithMessage("Give the mfaToken that the login was answered.");
            RuleFor(request => request.Method).NotNull().WithMessage("Give the method: totp, recovery or passkey.");
            RuleFor(request => request.Code).NotEmpty().When(request => request.Method != SecondFactorMethod.Passkey).WithMessage("Give the code.")
                .PossibleCode();
            RuleFor(request => request.Credential).NotNull().When(request => request.Method == SecondFactorMethod.Passkey)
                .WithMessage("Give the credential that the browser made for the login's passkeyOptions.");
        }
    }

    internal sealed class Handler(IFaceIdDb db, OneTimeTokens oneTimeTokens, SecondFactors secondFactors, SessionStarter starter)
        : IRequestHandler<CompleteSignIn, ErrorOr<SignInResponse>>
    {
        public async Task<ErrorOr<SignInResponse>> Handle(CompleteSignIn request, CancellationToken cancellationToken)
        {
            var token = await oneTimeTokens.FindAsync(request.MfaToken, cancellationToken, TokenPurpose.SecondFactor);
            var user = token is null
                ? null
                : await db.Users.AsNoTracking().SingleOrDefaultAsync(user => user.Id == token.UserId && user.IsActive, cancellationToken);
            if (token is null || user is null)
            {
                return UserErrors.InvalidToken;
            }

            var method = request.Method!.Value;
            var pending = JsonSerializer.Deserialize<SecondFactors.Pending>(token.Payload!)!;
            var check = method == SecondFactorMethod.Passkey
                ? await secondFactors.CheckPasskeyAsync(user, pending.PasskeyOptions, request.Credential!.Value, cancellationToken)
                : await secondFactors.CheckAsync(user, method, request.Code!, cancellationToken);
            if (check.IsError)
            {
                return check.Errors;
            }

            if (!await oneTimeTokens.TakeAsync(token, cancellationToken))
            {
                return UserErrors.InvalidToken;
            }

            return await starter.StartAsync(
                new SignInRequest(user.Id, $"password {SecondFactors.Name(method)}", SecondFactor: true, pending.Cookie, pending.DeviceToken)
                {
                    // A recovery code means that a factor is lost, perhaps to somebody who is signed in.
                    EndOthers = method == SecondFactorMethod.Recovery,
                },
                cancellationToken);
        }
    }
}
