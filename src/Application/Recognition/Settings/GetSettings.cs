using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Domain.Recognition;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Recognition.Settings;

/// <summary>Answers how strict recognition is.</summary>
[Requires(Permission.ManageSettings)]
public sealed record GetSettings : IQuery<SettingsResponse>
{
    internal sealed class Handler(IFaceIdDb db) : IRequestHandler<GetSettings, ErrorOr<SettingsResponse>>
    {
        public async Task<ErrorOr<SettingsResponse>> Handle(GetSettings query, CancellationToken cancellationToken) =>
            SettingsResponse.Of(await db.Settings.AsNoTracking()
                .SingleOrDefaultAsync(row => row.Name == StoredSettings.Recognition, cancellationToken));
    }
}

/// <param name="Version">To be sent back with a change; 0 while nobody changed anything.</param>
/// <param name="UpdatedBy">Null for the console, and for people who are erased.</param>
public sealed record SettingsResponse(int Version, RecognitionSettings Recognition, DateTimeOffset? UpdatedAt, int? UpdatedBy)
{
    internal static SettingsResponse Of(StoredSettings? row) => row is null
        ? new SettingsResponse(0, new RecognitionSettings(), UpdatedAt: null, UpdatedBy: null)
        : new SettingsResponse(row.Version, SettingsJson.Read(row.Value), row.UpdatedAt, row.UpdatedBy);
}
