using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Domain.Users;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Users;

/// <summary>Proves who somebody is by their password.</summary>
[Anonymous]
public sealed record Login(string? Email, string? Password) : ICommand<Login.Response>
{
    /// <param name="RefreshToken">Null: refresh tokens are not issued yet; sign in again.</param>
    /// <param name="ExpiresIn">Seconds until the access token ends.</param>
    public sealed record Response(string AccessToken, string? RefreshToken, int ExpiresIn, string TokenType);

    internal sealed class Validator : AbstractValidator<Login>
    {
        public Validator()
        {
            RuleFor(request => request.Email).NotEmpty().WithMessage("Give the e-mail address of the account.");
            RuleFor(request => request.Password).NotEmpty().WithMessage("Give the password of the account.")
                .MaximumLength(Domain.Users.Password.MaxLength * 4).WithMessage("No password is that long.");
        }
    }

    internal sealed class Handler(IFaceIdDb db, IPasswordHasher hasher, PasswordRenewal renewal, IAccessTokens tokens)
        : IRequestHandler<Login, ErrorOr<Response>>
    {
        public async Task<ErrorOr<Response>> Handle(Login request, CancellationToken cancellationToken)
        {
            var email = Domain.Users.Email.Parse(request.Email);
            var user = email.IsError
                ? null
                : await db.Users.AsNoTracking().WithEmail(email.Value).SingleOrDefaultAsync(cancellationToken);

            // The same work and the same answer whether the account exists, is active, or the password is wrong.
            var verified = await hasher.VerifyAsync(request.Password!, user?.HashedPassword, cancellationToken);
            if (verified.IsError)
            {
                return verified.Errors;
            }

            if (!verified.Value || user is not { IsActive: true })
            {
                return UserErrors.InvalidCredentials;
            }

            await renewal.RenewAsync(user, request.Password!, cancellationToken);

            if (user.MfaEnabled)
            {
                return UserErrors.SecondFactorNeeded;
            }

            var token = tokens.Issue(user);
            return new Response(token.Value, RefreshToken: null, (int)token.Lifetime.TotalSeconds, "Bearer");
        }
    }
}
