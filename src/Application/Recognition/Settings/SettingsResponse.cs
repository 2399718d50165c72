using FaceId.Domain.Common;
using FaceId.Domain.Recognition;

namespace FaceId.Application.Recognition.Settings;

/// <summary>The settings in force.</summary>
/// <param name="Version">What a change has to name as its base; 0 when nobody has changed anything.</param>
/// <param name="FalseMatchRates">Shares of strangers who pass: against one person, and in one search over the whole gallery.</param>
/// <param name="UpgradeAtVerification">Whether a face that has only dlib's numbers gets the second model's too when its person is next verified.</param>
/// <param name="RequireLiveness">For what a photo alone is not enough.</param>
/// <param name="UpdatedBy">The account that made the last change; null for the console, and for one that was erased.</param>
public sealed record SettingsResponse(
    int Version,
    FalseMatchRates FalseMatchRates,
    bool UpgradeAtVerification,
    LivenessRequirements RequireLiveness,
    DateTimeOffset? UpdatedAt,
    int? UpdatedBy)
{
    internal static SettingsResponse Of(RecognitionSettings settings, StoredSetting? stored) => new(
        stored?.Version ?? 0, settings.FalseMatchRates, settings.UpgradeAtVerification, settings.RequireLiveness, stored?.UpdatedAt, stored?.UpdatedBy);
}
