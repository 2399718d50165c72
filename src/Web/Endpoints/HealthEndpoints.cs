using FaceId.Web.Startup;

namespace FaceId.Web.Endpoints;

internal static class HealthEndpoints
{
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        var health = routes.MapGroup("/health").AllowAnonymous().DisableRateLimiting().ExcludeFromDescription();
        health.MapGet("/live", () => TypedResults.Ok(new { status = "live" }));
        health.MapGet("/ready", Ready);
    }

    private static async Task<IResult> Ready(Readiness readiness, CancellationToken cancellationToken)
    {
        var state = await readiness.CheckAsync(cancellationToken);
        return TypedResults.Json(
            new
            {
                status = state.IsReady ? "ready" : "not_ready",
                database = state.Database,
                models = state.Models,
                gallery = new { engine = state.Engine, state = state.Gallery.Condition, loaded = Math.Round(state.Gallery.Loaded, 2), setAside = state.Gallery.SetAside },
            },
            statusCode: state.IsReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }
}
