using System.Text.Json;
using System.Text.Json.Serialization;
using FaceId.Application.Common.Security;
using FaceId.Web.Endpoints;
using FaceId.Web.Http;
using FaceId.Web.OpenApi;
using FaceId.Web.Startup;
using Microsoft.AspNetCore.DataProtection;
using Scalar.AspNetCore;

namespace FaceId.Web;

internal static class DependencyInjection
{
    // JSON bodies are small; addresses that take photos raise the limit for themselves.
    private const int MaxBodyBytes = 256 * 1024;

    public static void AddWeb(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxBodyBytes;
        });
        services.AddTrustedProxies(builder.Configuration);

        // Authentication brings data protection along, whose keys would lie in the home folder; nothing uses them.
        services.AddDataProtection().UseEphemeralDataProtectionProvider();
        services.AddHttpContextAccessor();
        services.AddSingleton<ICaller, HttpCaller>();
        services.AddSingleton<PhotoUploads>();
        services.AddBearerAuthentication();
        services.AddRateLimits();
        services.AddApiDocument();

        services.AddProblemDetails(options => options.CustomizeProblemDetails = Problems.WriteRetryAfter);
        services.AddExceptionHandler<ExceptionProblems>();
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        services.ConfigureHttpJsonOptions(options =>
            options.SerializerOptions.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false)));

        services.AddSingleton<Banner>();
        services.AddSingleton<Readiness>();
        services.AddHostedService<StartupService>();
    }

    public static void UseWeb(this WebApplication app)
    {
        app.UseForwardedHeaders();
        app.UseMiddleware<SecurityHeaders>();
        app.UseExceptionHandler();
        app.UseStatusCodePages(EmptyAnswers.Complete);
        app.UseAuthentication();
        app.UseRateLimits();
        app.UseAuthorization();

        // Every address asks for a signed-in caller unless it says otherwise; finer questions are the use case's.
        var api = app.MapGroup("/api/v1").RequireAuthorization();
        api.MapAuth();
        api.MapMe();
        api.MapUsers();
        api.MapFaces();
        api.MapLogs();
        app.MapHealth();
        app.MapOpenApi().AllowAnonymous();
        app.MapScalarApiReference("/scalar", options => options.WithTitle("FaceId")).AllowAnonymous();
    }
}
