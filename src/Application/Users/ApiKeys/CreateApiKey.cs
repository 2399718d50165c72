using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Users.SecurityEvents;
using FaceId.Domain.Common;
using FaceId.Domain.Users;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Users.ApiKeys;

/// <summary>Makes a key for a program. It may do what its scopes say for as long as its maker still may.</summary>
/// <param name="ExpiresAt">Null for a key that is good until it is revoked.</param>
/// <param name="RequestsPerSecond">Null for what every caller may.</param>
[Requires(Permission.ManageApiKeys), FreshProof(SecondFactor = true)]
public sealed record CreateApiKey(
    string? Name, IReadOnlyList<Permission>? Scopes, DateTimeOffset? ExpiresAt = null, int? RequestsPerSecond = null)
    : ICommand<CreateApiKey.Response>
{
    /// <param name="Key">Shown this once; send it as X-Api-Key.</param>
    /// <param name="Prefix">The key's first characters, to recognise it by.</param>
    public sealed record Response(
        int Id, string Key, string Prefix, string Name, IReadOnlyList<Permission> Scopes, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, int? RequestsPerSecond);

    internal sealed class Validator : AbstractValidator<CreateApiKey>
    {
        private const int MaxYears = 10;

        public Validator(TimeProvider time)
        {
            RuleFor(request => request.Name).Must(name => name?.Trim() is { Length: > 0 and <= ApiKey.MaxNameLength } && !name.Any(char.IsControl))
                .WithMessage($"Give a name of 1 to {ApiKey.MaxNameLength} characters on one line.");
            RuleFor(request => request.Scopes).NotEmpty().WithMessage($"Give at least one scope of: {All}.");
            RuleForEach(request => request.Scopes).Must(scope => Permissions.CanBeScope(scope)).OverridePropertyName("scopes")
                .WithMessage((_, scope) => $"A key cannot be given '{Permissions.Scope(scope)}'. There are: {All}.");
            RuleFor(request => request.ExpiresAt)
                .Must(at => at is null || (at > time.GetUtcNow() && at < time.GetUtcNow().AddYears(MaxYears)))
                .WithMessage($"Give a moment in the future, at most {MaxYears} years away, or none.");
            RuleFor(request => request.RequestsPerSecond).InclusiveBetween(1, ApiKey.MaxRequestsPerSecond)
                .WithMessage($"Allow 1 to {ApiKey.MaxRequestsPerSecond} requests a second, or say nothing.");
        }

        private static string All => string.Join(", ", Enum.GetValues<Permission>().Where(Permissions.CanBeScope).Select(Permissions.Scope));
    }

    internal sealed class Handler(IFaceIdDb db, AccountMails mails, SecurityLog log, ICaller caller, TimeProvider time)
        : IRequestHandler<CreateApiKey, ErrorOr<Response>>
    {
        private const int MaxPerMaker = 100;

        public async Task<ErrorOr<Response>> Handle(CreateApiKey request, CancellationToken cancellationToken)
        {
            var maker = caller.RequiredUserId();
            var scopes = request.Scopes!.Distinct().ToList();
            if (scopes.FindAll(scope => !caller.Has(scope)) is [var missing, ..])
            {
                return Invalid.Field("scopes", $"You may not do '{Permissions.Scope(missing)}' yourself.");
            }

            await using var transaction = await db.BeginTransactionAsync(cancellationToken);
            await db.LockUserAsync(maker, cancellationToken);
            if (await db.ApiKeys.CountAsync(key => key.CreatedBy == maker, cancellationToken) >= MaxPerMaker)
            {
                return UserErrors.TooManyApiKeys(MaxPerMaker);
            }

            var (key, text) = ApiKey.Create(
                request.Name!.Trim(), scopes.ConvertAll(Permissions.Scope), maker, request.RequestsPerSecond, time.GetUtcNow(), request.ExpiresAt?.ToUniversalTime());
            db.ApiKeys.Add(key);
            log.Add(SecurityEventKind.ApiKeyCreated, maker, $"{key.Prefix} {string.Join(' ', key.Scopes)}");
            mails.ApiKeyCreated(await db.Users.AsNoTracking().SingleAsync(user => user.Id == maker, cancellationToken), key);
            await db.SaveChangesAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return new Response(key.Id, text, key.Prefix, key.Name, scopes, key.CreatedAt, key.ExpiresAt, key.RequestsPerSecond);
        }
    }
}
