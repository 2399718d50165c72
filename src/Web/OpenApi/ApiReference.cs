using Scalar.AspNetCore;

namespace FaceId.Web.OpenApi;

/// <summary>The page that shows the OpenAPI document, all of it from here: no fonts, proxies, chats or counters of anybody else's.</summary>
internal static class ApiReference
{
    public static void MapApiReference(this IEndpointRouteBuilder routes) => routes
        .MapScalarApiReference("/scalar", options => options
            .WithTitle("FaceId")
            .WithNonce()
            .DisableDefaultFonts()
            .DisableTelemetry()
            .DisableAgent()
            .DisableMcp()
            .HideDeveloperTools())
        .AllowAnonymous();
}
