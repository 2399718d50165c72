using System.Linq.Expressions;
using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Users.SecurityEvents;
using FaceId.Domain.Recognition;
using FaceId.Domain.Users;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Recognition.Settings;

/// <summary>Changes how strict recognition is, at once on all servers.</summary>
/// <param name="Version">The one that the change is based on; another is refused, so that nobody's change is lost.</param>
[Requires(Permission.ManageSettings), FreshProof(SecondFactor = true)]
public sealed record ChangeSettings(int? Version, RecognitionSettings? Recognition) : ICommand<SettingsResponse>
{
    internal sealed class Validator : AbstractValidator<ChangeSettings>
    {
        public Validator()
        {
            RuleFor(request => request.Version).NotNull().WithMessage("Send the version that GET answered.");
            RuleFor(request => request.Recognition).NotNull().WithMessage("Send all settings as GET answered them, with your changes.");
            When(request => request.Recognition is not null, () =>
            {
                RuleFor(request => request.Recognition!.FalseMatchRates).NotNull().WithMessage("Send the false match rates.");
                RuleFor(request => request.Recognition!.RequireLiveness).NotNull().WithMessage("Send for what liveness is required.");
            });
            When(request => request.Recognition is { FalseMatchRates: not null }, () =>
            {
                Rate(request => request.Recognition!.FalseMatchRates.Verify, FalseMatchRates.Most);
                Rate(request => request.Recognition!.FalseMatchRates.Identify, FalseMatchRates.Most);
                Rate(request => request.Recognition!.FalseMatchRates.Duplicate, FalseMatchRates.Most);
                Rate(request => request.Recognition!.FalseMatchRates.Proof, FalseMatchRates.MostForProof);
            });
        }

        private void Rate(Expression<Func<ChangeSettings, double>> rate, double most) => RuleFor(rate)
            .Must(value => value >= FalseMatchRates.Least && value <= most)
            .WithMessage(FormattableString.Invariant($"Give a share from {FalseMatchRates.Least} to {most}, such as 0.0001 for one stranger in 10,000."));
    }

    internal sealed class Handler(IFaceIdDb db, SecurityLog log, ICaller caller, TimeProvider time) : IRequestHandler<ChangeSettings, ErrorOr<SettingsResponse>>
    {
        public async Task<ErrorOr<SettingsResponse>> Handle(ChangeSettings request, CancellationToken cancellationToken)
        {
            await using var transaction = await db.BeginTransactionAsync(cancellationToken);
            var before = await db.Settings.AsNoTracking().SingleOrDefaultAsync(row => row.Name == StoredSettings.Recognition, cancellationToken);
            if (request.Version != (before?.Version ?? 0))
            {
                return SettingsErrors.Changed;
            }

            var after = new StoredSettings
            {
                Name = StoredSettings.Recognition,
                Value = SettingsJson.Write(request.Recognition!),
                Version = request.Version.Value + 1,
                UpdatedAt = time.GetUtcNow(),
                UpdatedBy = caller.UserId,
            };
            if (!await WriteAsync(before, after, cancellationToken))
            {
                return SettingsErrors.Changed;
            }

            log.Add(
                SecurityEventKind.SettingsChanged,
                userId: null,
                $"from {SettingsJson.Write(SettingsResponse.Of(before).Recognition)} to {after.Value}");
            await db.SaveChangesAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return SettingsResponse.Of(after);
        }

        /// <returns>False when somebody else wrote in between.</returns>
        private async Task<bool> WriteAsync(StoredSettings? before, StoredSettings after, CancellationToken cancellationToken)
        {
            if (before is null)
            {
                db.Settings.Add(after);
                return await db.TrySaveUniqueAsync(cancellationToken);
            }

            return await db.Settings.Where(row => row.Name == after.Name && row.Version == before.Version).ExecuteUpdateAsync(
                row => row
                    .SetProperty(settings => settings.Value, after.Value)
                    .SetProperty(settings => settings.Version, after.Version)
                    .SetProperty(settings => settings.UpdatedAt, after.UpdatedAt)
                    .SetProperty(settings => settings.UpdatedBy, after.UpdatedBy),
                cancellationToken) == 1;
        }
    }
}

public static class SettingsErrors
{
    public static readonly Error Changed = Error.Conflict(
        "settings_changed", "Somebody else changed the settings in the meantime. Read them again, then make your change.");
}
