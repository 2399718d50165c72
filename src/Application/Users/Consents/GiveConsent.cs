using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Users.SecurityEvents;
using FaceId.Domain.Common;
using FaceId.Domain.Users;
using FluentValidation;
using MediatR;

namespace FaceId.Application.Users.Consents;

/// <summary>Agrees to have one's own face enrolled.</summary>
/// <param name="Version">The text that was read; the one in force when not given.</param>
[OwnAccount]
public sealed record GiveConsent(bool? Accepted, string? Version = null) : ICommand<ConsentResponse>, ITransactional
{
    internal sealed class Validator : AbstractValidator<GiveConsent>
    {
        public Validator() => RuleFor(request => request.Accepted).MustBeAccepted();
    }

    internal sealed class Handler(ConsentWriter writer, ICaller caller) : IRequestHandler<GiveConsent, ErrorOr<ConsentResponse>>
    {
        public Task<ErrorOr<ConsentResponse>> Handle(GiveConsent request, CancellationToken cancellationToken) =>
            writer.GiveAsync(caller.RequiredUserId(), request.Version, ConsentWay.Self, cancellationToken);
    }
}

/// <summary>Puts a consent on record that the person gave elsewhere.</summary>
[Requires(Permission.ManageFaces)]
public sealed record RecordConsent(int UserId, bool? Accepted, string? Version = null) : ICommand<ConsentResponse>, ITransactional
{
    internal sealed class Validator : AbstractValidator<RecordConsent>
    {
        public Validator() => RuleFor(request => request.Accepted).MustBeAccepted();
    }

    internal sealed class Handler(ConsentWriter writer) : IRequestHandler<RecordConsent, ErrorOr<ConsentResponse>>
    {
        public Task<ErrorOr<ConsentResponse>> Handle(RecordConsent request, CancellationToken cancellationToken) =>
            writer.GiveAsync(request.UserId, request.Version, ConsentWay.Recorded, cancellationToken);
    }
}

/// <summary>Writes consents down, in the caller's transaction.</summary>
public sealed class ConsentWriter(IFaceIdDb db, AccountOptions options, SecurityLog log, ICaller caller, TimeProvider time)
{
    public async Task<ErrorOr<ConsentResponse>> GiveAsync(int userId, string? version, ConsentWay way, CancellationToken cancellationToken)
    {
        if (version is not null && version != options.ConsentVersion)
        {
            return Invalid.Field("version", $"The text in force is version {options.ConsentVersion}. Read it with GET /api/v1/me/consent and agree to that.");
        }

        if (!await db.LockUserAsync(userId, cancellationToken))
        {
            return UserErrors.NotFound;
        }

        var records = await db.Consents.RecordsOfAsync(userId, cancellationToken);
        if (!records.Exists(record => record.WithdrawnAt is null && record.Version == options.ConsentVersion && record.Way == way))
        {
            var consent = Consent.Give(
                userId, options.ConsentVersion, way, caller.UserId, caller.ApiKey?.KeyId, caller.IpAddress, time.GetUtcNow());
            db.Consents.Add(consent);
            records.Add(consent);
            log.Add(SecurityEventKind.ConsentGiven, userId, way.ToString().ToLowerInvariant());
            await db.SaveChangesAsync(cancellationToken);
        }

        return ConsentResponse.From(records, options);
    }
}

internal static class ConsentRules
{
    public static IRuleBuilderOptions<T, bool?> MustBeAccepted<T>(this IRuleBuilder<T, bool?> rule) =>
        rule.Equal(true).WithMessage("Only a yes is a consent: send accepted as true. DELETE on the same path withdraws one.");
}
