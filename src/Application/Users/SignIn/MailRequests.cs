using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Users.SecurityEvents;
using FaceId.Domain.Users;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Users.SignIn;

/// <summary>Asks for the mail that verifies an address once more. The answer never tells whether there is an account that needs it.</summary>
/// <param name="Email">The caller's own when not given.</param>
[Anonymous]
public sealed record ResendVerification(string? Email = null) : ICommand<MailRequested>
{
    internal sealed class Validator : AbstractValidator<ResendVerification>
    {
        public Validator() => RuleFor(request => request.Email).ValidEmail().When(request => request.Email is not null);
    }

    internal sealed class Handler(
        IFaceIdDb db, OneTimeTokens oneTimeTokens, AccountMails mails, AnswerTiming timing, AccountOptions options, ICaller caller)
        : IRequestHandler<ResendVerification, ErrorOr<MailRequested>>
    {
        public async Task<ErrorOr<MailRequested>> Handle(ResendVerification request, CancellationToken cancellationToken)
        {
            var started = timing.Start();
            var users = db.Users.AsNoTracking().Where(user => user.IsActive && !user.IsVerified);
            var user = request.Email is null
                ? caller.UserId is { } userId ? await users.SingleOrDefaultAsync(user => user.Id == userId, cancellationToken) : null
                : await users.WithEmail(Domain.Users.Email.Parse(request.Email).Value).SingleOrDefaultAsync(cancellationToken);
            if (user is not null && !await oneTimeTokens.IsMailedEnoughAsync(TokenPurpose.VerifyEmail, user.Id, cancellationToken))
            {
                mails.VerifyEmail(user, oneTimeTokens.Issue(TokenPurpose.VerifyEmail, user.Id, options.VerificationLifetime));
                await db.SaveChangesAsync(cancellationToken);
            }

            await timing.EvenOutAsync(started, cancellationToken);
            return MailRequested.Answer;
        }
    }
}

/// <summary>Asks for the mail with which a forgotten password is replaced. The answer never tells whether there is such an account.</summary>
[Anonymous]
public sealed record ForgotPassword(string? Email) : ICommand<MailRequested>
{
    internal sealed class Validator : AbstractValidator<ForgotPassword>
    {
        public Validator() => RuleFor(request => request.Email).ValidEmail();
    }

    internal sealed class Handler(
        IFaceIdDb db, OneTimeTokens oneTimeTokens, AccountMails mails, SecurityLog log, AnswerTiming timing, AccountOptions options)
        : IRequestHandler<ForgotPassword, ErrorOr<MailRequested>>
    {
        public async Task<ErrorOr<MailRequested>> Handle(ForgotPassword request, CancellationToken cancellationToken)
        {
            var started = timing.Start();
            var user = await db.Users.AsNoTracking().WithEmail(Domain.Users.Email.Parse(request.Email).Value)
                .SingleOrDefaultAsync(user => user.IsActive, cancellationToken);
            if (user is not null && !await oneTimeTokens.IsMailedEnoughAsync(TokenPurpose.ResetPassword, user.Id, cancellationToken))
            {
                mails.ResetPassword(user, oneTimeTokens.Issue(TokenPurpose.ResetPassword, user.Id, options.PasswordResetLifetime));
                await log.WriteAsync(SecurityEventKind.PasswordResetRequested, user.Id, null, cancellationToken);
            }

            await timing.EvenOutAsync(started, cancellationToken);
            return MailRequested.Answer;
        }
    }
}

/// <param name="Next">What the person has to do now.</param>
public sealed record MailRequested(string Next)
{
    public static readonly MailRequested Answer =
        new("If there is an account that this concerns, a mail is on its way to its address. Open the link in it.");
}
