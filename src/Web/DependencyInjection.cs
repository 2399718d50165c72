using FaceId.Application.Common.Security;
using FaceId.Infrastructure.Jobs;
using FaceId.Web.Endpoints;
using FaceId.Web.Http;
using FaceId.Web.OpenApi;
using FaceId.Web.Startup;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.DataProtection;

namespace FaceId.Web;

internal static class DependencyInjection
{
    public static void AddWeb(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        var limits = RequestLimits.Load(builder.Configuration);
        builder.AddKestrelLimits(limits);
        services.AddSingleton(limits);
        services.AddTrustedProxies(builder.Configuration);
        services.AddHttpsOnly();
        services.AddRequestTimes(limits);

        // Authentication brings data protection along, whose keys would lie in the home folder; nothing uses them.
        services.AddDataProtection().UseEphemeralDataProtectionProvider();
        services.AddHttpContextAccessor();
        services.AddSingleton<HttpCaller>();
        services.AddScoped<ICaller>(provider => provider.GetRequiredService<ScopeCaller>().Caller ?? provider.GetRequiredService<HttpCaller>());
        services.AddSingleton<PhotoUploads>();
        services.AddAuthentication(Authentication.SchemeName)
            .AddScheme<AuthenticationSchemeOptions, Authentication>(Authentication.SchemeName, configureOptions: null);
        services.AddAuthorization();
        services.AddRateLimits();
        services.AddApiDocument();

        services.AddProblemDetails(options => options.CustomizeProblemDetails = Problems.WriteRetryAfter);
        services.AddExceptionHandler<ExceptionProblems>();
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        services.AddJsonRules();

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
        app.UseHttpsOnly();
        app.UseRequestTimeouts();
        app.UseAuthentication();
        app.UseRateLimits();
        app.UseAuthorization();
        app.UseMiddleware<QueryRules>();
        app.UseMiddleware<JsonBodies>();

        // Every address asks for a signed-in caller unless it says otherwise; finer questions are the use case's.
        var api = app.MapGroup("/api/v1").RequireAuthorization();
        api.WithRequestTimes();
        api.MapAuth();
        api.MapPasskeys();
        api.MapMe();
        api.MapUsers();
        api.MapImports();
        api.MapFaces();
        api.MapLiveness();
        api.MapApiKeys();
        api.MapLogs();
        api.MapPrivacy();
        api.MapSettings();
        app.MapHealth();
        app.MapMailedLinkPages();
        app.MapApiDocument();
        app.MapApiReference();
    }
}
