using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Users.SecurityEvents;
using FaceId.Domain.Users;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Users.SignIn;

/// <summary>
/// Makes an account of one's own, with the role user. The answer is the same when the address has an account already: only its
/// owner learns that, by mail.
/// </summary>
[Anonymous]
public sealed record Register(string? Email, string? Name, string? Password) : ICommand<Register.Response>
{
    /// <param name="Next">What the person has to do now.</param>
    public sealed record Response(string Email, string Next);

    internal sealed class Validator : AbstractValidator<Register>
    {
        public Validator(PasswordPolicy policy)
        {
            RuleFor(request => request.Email).ValidEmail();
            RuleFor(request => request.Name).ValidName();
            RuleFor(request => request.Password).ValidPassword(policy, request => request.Email, request => request.Name);
        }
    }

    internal sealed class Handler(
        IFaceIdDb db, UserCreation creation, AccountMails mails, SecurityLog log, AnswerTiming timing)
        : IRequestHandler<Register, ErrorOr<Response>>
    {
        public async Task<ErrorOr<Response>> Handle(Register request, CancellationToken cancellationToken)
        {
            var started = timing.Start();
            var email = Domain.Users.Email.Parse(request.Email).Value;
            var user = await creation.PrepareAsync(
                email, PersonName.Parse(request.Name).Value, request.Password, Role.User, verified: false, isGiven: false, cancellationToken);
            if (user.IsError)
            {
                return user.Errors;
            }

            await using (var transaction = await db.BeginTransactionAsync(cancellationToken))
            {
                if (!await creation.SaveAsync(user.Value, SecurityEventKind.Registered, cancellationToken))
                {
                    await TellOwnerAsync(email, cancellationToken);
                }

                await transaction.CommitAsync(cancellationToken);
            }

            await timing.EvenOutAsync(started, cancellationToken);
            return new Response(email.Value, "Open the link in the mail that was sent to this address.");
        }

        private async Task TellOwnerAsync(Email email, CancellationToken cancellationToken)
        {
            var owner = await db.Users.AsNoTracking().WithEmail(email).SingleOrDefaultAsync(cancellationToken);
            if (owner is { IsActive: true })
            {
                mails.AddressAlreadyRegistered(owner);
                await log.WriteAsync(SecurityEventKind.Registered, owner.Id, "address taken", cancellationToken);
            }
        }
    }
}
