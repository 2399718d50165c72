using FaceId.Application.Users.SignIn;

namespace FaceId.Web.Http;

/// <summary>
/// The cookie of a browser's session. Scripts cannot read it and other sites cannot make the browser send it; over TLS it has the
/// prefix that ties it to this host.
/// </summary>
internal static class SessionCookie
{
    // The prefix demands Secure, which browsers take for localhost only without TLS.
    public const string Name = "__Host-faceid";

    private static readonly string[] SafeMethods = [HttpMethods.Get, HttpMethods.Head, HttpMethods.Options];

    /// <summary>Hands the browser its new cookie; a session of tokens has none.</summary>
    public static void SetNew(HttpResponse response, SessionTokens tokens)
    {
        if (tokens.Cookie is { } cookie)
        {
            response.Cookies.Append(Name, cookie.Value, Options(cookie.ExpiresAt));
        }
    }

    public static void Delete(HttpResponse response) => response.Cookies.Delete(Name, Options(null));

    /// <summary>
    /// Whether a request that changes something was made by a page of this server. Every browser says so of its own accord
    /// (Sec-Fetch-Site, otherwise Origin), and no page can make it lie; so no token need be carried about against forged requests.
    /// </summary>
    public static bool IsFromOurPages(HttpRequest request)
    {
        if (SafeMethods.Contains(request.Method))
        {
            return true;
        }

        if (request.Headers.TryGetValue("Sec-Fetch-Site", out var site))
        {
            return site == "same-origin";
        }

        return request.Headers.Origin.ToString() == $"{request.Scheme}://{request.Host}";
    }

    private static CookieOptions Options(DateTimeOffset? expires) => new()
    {
        HttpOnly = true,
        Secure = true,
        SameSite = SameSiteMode.Strict,
        Path = "/",
        Expires = expires,
        IsEssential = true,
    };
}
