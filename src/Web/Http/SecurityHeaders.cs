using Scalar.AspNetCore;

namespace FaceId.Web.Http;

/// <summary>
/// Tells browsers and proxies to keep nothing, guess nothing and run nothing that is not ours. Written when the answer starts: an
/// exception's answer begins by forgetting all headers, and only then is it known whether the answer is a page.
/// </summary>
internal sealed class SecurityHeaders(RequestDelegate next)
{
    /// <summary>For answers that are no pages; a browser that is made to show one runs nothing.</summary>
    private const string OfData = "default-src 'none'; frame-ancestors 'none'";

    private const string OfPages = "default-src 'none'; script-src 'self'; style-src 'self'; " + OfAnyPage;

    private const string OfAnyPage =
        "img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'";

    // Faces are enrolled by camera and passkeys used on our own pages; nothing else is ever asked of a browser.
    private const string Permissions =
        "camera=(self), publickey-credentials-create=(self), publickey-credentials-get=(self), accelerometer=(), autoplay=(), "
        + "browsing-topics=(), display-capture=(), encrypted-media=(), fullscreen=(), geolocation=(), gyroscope=(), hid=(), "
        + "idle-detection=(), local-fonts=(), magnetometer=(), microphone=(), midi=(), payment=(), picture-in-picture=(), "
        + "screen-wake-lock=(), serial=(), usb=(), xr-spatial-tracking=()";

    private const string OneYear = "max-age=31536000; includeSubDomains";

    public Task InvokeAsync(HttpContext context)
    {
        context.Response.OnStarting(static state => Write((HttpContext)state), context);
        return next(context);
    }

    private static Task Write(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Permissions-Policy"] = Permissions;
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";

        // What a browser keeps takes over the headers of an answer that it is still good, and of what kind it is that answer does not say.
        if (context.Response.StatusCode != StatusCodes.Status304NotModified)
        {
            headers.ContentSecurityPolicy = Policy(context);
        }

        if (context.Request.Path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase))
        {
            headers.CacheControl = "no-store";
        }

        // A browser would hold other programs on the developer's machine to it.
        if (context.Request is { IsHttps: true, Host.Host: not "localhost" })
        {
            headers.StrictTransportSecurity = OneYear;
        }

        return Task.CompletedTask;
    }

    private static string Policy(HttpContext context)
    {
        if (context.Response.ContentType?.StartsWith("text/html", StringComparison.OrdinalIgnoreCase) != true)
        {
            return OfData;
        }

        // The API reference marks its scripts with a nonce, and its bundle writes style elements, which can carry none.
        return context.Items.TryGetValue(ScalarOptions.NonceHttpContextItemKey, out var nonce)
            ? $"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; {OfAnyPage}"
            : OfPages;
    }
}
