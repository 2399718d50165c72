using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Users.SecurityEvents;
using FaceId.Domain.Common;
using FaceId.Domain.Recognition;
using FaceId.Domain.Users;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Recognition.Settings;

/// <summary>
/// Replaces all settings, at once on every node. Whoever bases a change on settings that somebody else changed meanwhile is told so, lest
/// one undoes what the other did without either knowing.
/// </summary>
/// <param name="Version">The version that the change is based on.</param>
[Requires(Permission.ManageSettings), FreshProof(SecondFactor = true)]
public sealed record ChangeSettings(
    int? Version, ChangeSettings.Rates? FalseMatchRates, bool? UpgradeAtVerification, ChangeSettings.Liveness? RequireLiveness)
    : ICommand<SettingsResponse>, ITransactional
{
    /// <summary>See <see cref="FalseMatchRates"/>.</summary>
    public sealed record Rates(double? Verify, double? Identify, double? Duplicate, double? Proof);

    /// <summary>See <see cref="LivenessRequirements"/>.</summary>
    public sealed record Liveness(bool? Verify, bool? Enrol, bool? Proof, bool? Identify);

    /// <summary>The change from one version to these settings.</summary>
    public static ChangeSettings To(RecognitionSettings settings, int version) => new(
        version,
        new Rates(settings.FalseMatchRates.Verify, settings.FalseMatchRates.Identify, settings.FalseMatchRates.Duplicate, settings.FalseMatchRates.Proof),
        settings.UpgradeAtVerification,
        new Liveness(settings.RequireLiveness.Verify, settings.RequireLiveness.Enrol, settings.RequireLiveness.Proof, settings.RequireLiveness.Identify));

    internal sealed class Validator : AbstractValidator<ChangeSettings>
    {
        public Validator() => RuleFor(request => request).Custom((request, context) =>
        {
            foreach (var (name, value) in request.Members())
            {
                if (value is null)
                {
                    context.AddFailure(name, $"Give '{name}': the settings are replaced as a whole.");
                }
            }
        });
    }

    internal sealed class Handler(IFaceIdDb db, IRecognitionSettings settings, SecurityLog log, ICaller caller, TimeProvider time)
        : IRequestHandler<ChangeSettings, ErrorOr<SettingsResponse>>
    {
        public async Task<ErrorOr<SettingsResponse>> Handle(ChangeSettings request, CancellationToken cancellationToken)
        {
            var after = request.Settings();
            if (after.Check() is { Count: > 0 } errors)
            {
                return errors.ToList();
            }

            await db.LockSettingsAsync(cancellationToken);
            var stored = await db.Settings.SingleOrDefaultAsync(setting => setting.Name == SettingsJson.Name, cancellationToken);
            if ((stored?.Version ?? 0) != request.Version)
            {
                return SettingsErrors.Changed;
            }

            var before = settings.InForce(stored);
            var value = SettingsJson.Write(after);
            if (stored is null)
            {
                stored = StoredSetting.Create(SettingsJson.Name, value, caller.UserId, time.GetUtcNow());
                db.Settings.Add(stored);
            }
            else
            {
                stored.Change(value, caller.UserId, time.GetUtcNow());
            }

            log.Add(SecurityEventKind.SettingsChanged, userId: null, $"version {stored.Version}: {SettingsJson.Describe(before, after)}");
            await db.SaveChangesAsync(cancellationToken);
            return SettingsResponse.Of(after, stored);
        }
    }

    private RecognitionSettings Settings() => new()
    {
        FalseMatchRates = new FalseMatchRates
        {
            Verify = FalseMatchRates!.Verify!.Value,
            Identify = FalseMatchRates.Identify!.Value,
            Duplicate = FalseMatchRates.Duplicate!.Value,
            Proof = FalseMatchRates.Proof!.Value,
        },
        UpgradeAtVerification = UpgradeAtVerification!.Value,
        RequireLiveness = new LivenessRequirements
        {
            Verify = RequireLiveness!.Verify!.Value,
            Enrol = RequireLiveness.Enrol!.Value,
            Proof = RequireLiveness.Proof!.Value,
            Identify = RequireLiveness.Identify!.Value,
        },
    };

    private (string Name, object? Value)[] Members() =>
    [
        ("version", Version),
        ("falseMatchRates.verify", FalseMatchRates?.Verify),
        ("falseMatchRates.identify", FalseMatchRates?.Identify),
        ("falseMatchRates.duplicate", FalseMatchRates?.Duplicate),
        ("falseMatchRates.proof", FalseMatchRates?.Proof),
        ("upgradeAtVerification", UpgradeAtVerification),
        ("requireLiveness.verify", RequireLiveness?.Verify),
        ("requireLiveness.enrol", RequireLiveness?.Enrol),
        ("requireLiveness.proof", RequireLiveness?.Proof),
        ("requireLiveness.identify", RequireLiveness?.Identify),
    ];
}
