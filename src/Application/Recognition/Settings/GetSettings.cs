using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Domain.Common;
using FaceId.Domain.Recognition;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Recognition.Settings;

/// <summary>Answers the settings in force, and when and by whom they were changed.</summary>
[Requires(Permission.ManageSettings)]
public sealed record GetSettings : IQuery<SettingsResponse>
{
    internal sealed class Handler(IFaceIdDb db, IRecognitionSettings settings) : IRequestHandler<GetSettings, ErrorOr<SettingsResponse>>
    {
        public async Task<ErrorOr<SettingsResponse>> Handle(GetSettings query, CancellationToken cancellationToken)
        {
            var stored = await db.Settings.AsNoTracking().SingleOrDefaultAsync(setting => setting.Name == SettingsJson.Name, cancellationToken);
            return SettingsResponse.Of(settings.InForce(stored), stored);
        }
    }
}

internal static class StoredSettings
{
    /// <summary>A row that cannot be used, because somebody wrote it by hand, counts as none; <see cref="IRecognitionSettings"/> reports it.</summary>
    public static RecognitionSettings InForce(this IRecognitionSettings settings, StoredSetting? stored) =>
        stored is not null && SettingsJson.Read(stored.Value, settings.Configured) is { IsError: false } read ? read.Value : settings.Configured;
}
