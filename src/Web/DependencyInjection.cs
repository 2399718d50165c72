using System.Text.Json;
using System.Text.Json.Serialization;
using FaceId.Application.Common.Security;
using FaceId.Infrastructure.Jobs;
using FaceId.Web.Endpoints;
using FaceId.Web.Http;
using FaceId.Web.OpenApi;
using FaceId.Web.Startup;
using Microsoft.AspNetCore.Authentication;
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

        // Authentication brings data protection along, whose keys would lie in the home folder; nothing uses them.
        services.AddDataProtection().UseEphemeralDataProtectionProvider();
        services.AddHttpContextAccessor();
        services.AddSingleton<HttpCaller>();
        services.AddScoped<ICaller>(provider => provider.GetRequiredService<ScopeCaller>().Caller ?? provider.GetRequiredService<HttpCaller>());
        services.AddSingleton<PhotoUploads>();
        services.AddAuthentication(Authentication.SchemeName)
            .AddScheme<AuthenticationSchemeOptions, Authentication>(Authentication.SchemeName, configureOptions: null);
        services.AddAuthorization();
        services.AddRateLimits(enabled: builder.Configuration["FACEID_RATE_LIMIT"] != "off");
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
        app.UseExceptionHandler();
        app.UseStatusCodePages(EmptyAnswers.Complete);
        app.UseMiddleware<SecurityHeaders>();
        app.UseAuthentication();
        app.UseRateLimiter();
        app.UseAuthorization();

        // Every address asks for a signed-in caller unless it says otherwise; finer questions are the use case's.
        var api = app.MapGroup("/api/v1").RequireAuthorization();
        api.MapAuth();
        api.MapPasskeys();
        api.MapMe();
        api.MapUsers();
        api.MapFaces();
        api.MapApiKeys();
        api.MapLogs();
        api.MapPrivacy();
        app.MapHealth();
        app.MapMailedLinkPages();
        app.MapOpenApi().AllowAnonymous();
        app.MapScalarApiReference("/scalar", options => options.WithTitle("FaceId")).AllowAnonymous();
    }
}
