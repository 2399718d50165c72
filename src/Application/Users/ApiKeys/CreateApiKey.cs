using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Users.Mail;
using FaceId.Application.Users.SecurityEvents;
using FaceId.Domain.Users;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Users.ApiKeys;

/// <summary>Makes a key for a program. Its text is in the answer and nowhere else.</summary>
/// <param name="Scopes">What it may do; no more than its maker may.</param>
/// <param name="ExpiresAt">When it ends; it stays until it is revoked when not given.</param>
/// <param name="RequestsPerSecond">How often it may knock; as everybody when not given.</param>
[Requires(Permission.ManageApiKeys), FreshProof(SecondFactor = true)]
public sealed record CreateApiKey(
    string? Name, IReadOnlyList<Permission>? Scopes, DateTimeOffset? ExpiresAt = null, int? RequestsPerSecond = null)
    : ICommand<CreateApiKey.Response>, ITransactional
{
    public const int MaxPerMaker = 100;
    public const int MaxYears = 10;

    /// <param name="Key">Shown this once.</param>
    public sealed record Response(
        int Id,
        string Key,
        string Prefix,
        string Name,
        IReadOnlyList<Permission> Scopes,
        int CreatedBy,
        DateTimeOffset CreatedAt,
        DateTimeOffset? ExpiresAt,
        int? RequestsPerSecond);

    internal sealed class Validator : AbstractValidator<CreateApiKey>
    {
        private static readonly string Choices =
            string.Join(", ", Enum.GetValues<Permission>().Where(Permissions.CanBeScope).Select(Permissions.Scope));

        public Validator(TimeProvider time)
        {
            RuleFor(request => request.Name)
                .Must(name => name is not null && name.Trim().Length is > 0 and <= ApiKey.MaxNameLength && !name.Any(char.IsControl))
                .WithMessage($"Give a name of 1 to {ApiKey.MaxNameLength} characters on one line.");
            RuleFor(request => request.Scopes).Must(scopes => scopes is { Count: > 0 } && scopes.All(Permissions.CanBeScope))
                .WithMessage($"Give at least one scope out of {Choices}.");
            RuleFor(request => request.ExpiresAt)
                .Must(expiresAt => expiresAt is not { } at || (at > time.GetUtcNow() && at <= time.GetUtcNow().AddYears(MaxYears)))
                .WithMessage($"Give a time in the future, at most {MaxYears} years away.");
            RuleFor(request => request.RequestsPerSecond).InclusiveBetween(1, ApiKey.MaxRequestsPerSecond)
                .WithMessage($"Give 1 to {ApiKey.MaxRequestsPerSecond} requests a second.");
        }
    }

    internal sealed class Handler(IFaceIdDb db, AccountMails mails, SecurityLog log, ICaller caller, TimeProvider time)
        : IRequestHandler<CreateApiKey, ErrorOr<Response>>
    {
        public async Task<ErrorOr<Response>> Handle(CreateApiKey request, CancellationToken cancellationToken)
        {
            if (caller.UserId is not { } makerId)
            {
                return SecurityErrors.OwnAccountOnly;
            }

            await db.LockUserAsync(makerId, cancellationToken);
            var maker = await db.Users.SingleAsync(user => user.Id == makerId, cancellationToken);
            var scopes = request.Scopes!.Distinct().ToList();
            if (!scopes.TrueForAll(scope => maker.Role.Has(scope)))
            {
                var own = Enum.GetValues<Permission>().Where(scope => Permissions.CanBeScope(scope) && maker.Role.Has(scope));
                return Domain.Common.Invalid.Field(
                    "scopes", $"A key may do no more than its maker: give scopes out of {string.Join(", ", own.Select(Permissions.Scope))}.");
            }

            if (await db.ApiKeys.CountAsync(key => key.CreatedBy == makerId, cancellationToken) >= MaxPerMaker)
            {
                return UserErrors.TooManyApiKeys(MaxPerMaker);
            }

            var (key, text) = ApiKey.Create(
                request.Name!.Trim(), scopes.ConvertAll(Permissions.Scope), makerId, request.RequestsPerSecond, time.GetUtcNow(), request.ExpiresAt?.ToUniversalTime());
            db.ApiKeys.Add(key);
            mails.ApiKeyCreated(maker, key);
            log.Add(SecurityEventKind.ApiKeyCreated, makerId, key.Prefix);
            await db.SaveChangesAsync(cancellationToken);
            return new Response(key.Id, text, key.Prefix, key.Name, scopes, makerId, key.CreatedAt, key.ExpiresAt, key.RequestsPerSecond);
        }
    }
}
