using FaceId.Web.Startup;

namespace FaceId.Web.Http;

/// <summary>
/// What came unencrypted where the server speaks TLS. A browser's page is sent on to https; a program is refused, because a redirect
/// would work so well that nobody noticed that its password or key goes over the wire in the clear (ASVS 5.0, 4.1.2).
/// </summary>
internal static class HttpsOnly
{
    public static IServiceCollection AddHttpsOnly(this IServiceCollection services) =>
        services.AddHttpsRedirection(options => options.RedirectStatusCode = StatusCodes.Status308PermanentRedirect);

    public static void UseHttpsOnly(this WebApplication app)
    {
        if (app.Services.GetService<TlsSettings>() is null)
        {
            return;
        }

        // Probes come from the machine or the cluster, carry nothing and are told nothing.
        app.UseWhen(
            context => !context.Request.IsHttps && !context.Request.Path.StartsWithSegments("/health", StringComparison.OrdinalIgnoreCase),
            plain =>
            {
                plain.UseWhen(IsForPage, page => page.UseHttpsRedirection());
                plain.Run(Refuse);
            });
    }

    private static bool IsForPage(HttpContext context) =>
        (HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method))
        && !context.Request.Path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase)
        && context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);

    private static Task Refuse(HttpContext context) => Problems.From(
        "https_required",
        "Use https. What this request carried could be read on its way: change a password or key that was in it.").ExecuteAsync(context);
}
