using FaceId.Application.Recognition.Settings;
using FaceId.Web.Http;
using FaceId.Web.OpenApi;
using MediatR;

namespace FaceId.Web.Endpoints;

/// <summary>What administrators decide while the service runs.</summary>
internal static class SettingsEndpoints
{
    public static void MapSettings(this IEndpointRouteBuilder api)
    {
        var settings = api.MapGroup("/settings").WithTags("Administration");
        settings.MapGet("", Get).Describe("GetSettings", "Answers the settings in force, and when and by whom they were changed.")
            .Produces<SettingsResponse>().Refuses("forbidden");
        settings.MapGet("/thresholds", GetThresholds)
            .Describe("GetThresholds", "Answers what distances the false match rates come to now, how well they are known, and how often the right person is refused.")
            .Produces<GetThresholds.Response>().Refuses("forbidden");
        settings.MapPut("", Change)
            .Describe("ChangeSettings", "Replaces all settings, at once on every node. 'version' is the one that the change is based on.")
            .Produces<SettingsResponse>().Refuses("validation", "forbidden", "proof_required", "settings_changed");
    }

    private static Task<IResult> Get(IMediator mediator, CancellationToken cancellationToken) => mediator.Answer(new GetSettings(), cancellationToken);

    private static Task<IResult> GetThresholds(IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(new GetThresholds(), cancellationToken);

    private static Task<IResult> Change(ChangeSettings request, IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(request, cancellationToken);
}
