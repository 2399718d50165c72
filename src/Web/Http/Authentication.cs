using System.Security.Claims;
using System.Text.Encodings.Web;
using FaceId.Application.Common.Security;
using FaceId.Application.Users;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace FaceId.Web.Http;

/// <summary>
/// Finds out who calls: by access token, by API key, or by a browser's cookie, in this order; a credential that is sent but not good is
/// refused, whatever else was sent. What the caller may do now is asked of <see cref="IAccessDirectory"/>; of addresses that keep
/// sending what it does not know, only as far as it needs no database for the answer.
/// </summary>
internal sealed class Authentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory logger,
    UrlEncoder encoder,
    IAccessTokens tokens,
    IAccessDirectory directory,
    Allowances allowances) : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "FaceId";
    public const string ApiKeyHeader = "X-Api-Key";

    private const string Bearer = "Bearer ";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        // A probe must be answered even when the database, which knows the callers, is away.
        if (Request.Path.StartsWithSegments("/health", StringComparison.Ordinal))
        {
            return AuthenticateResult.NoResult();
        }

        if (Request.Headers.TryGetValue(HeaderNames.Authorization, out var authorization))
        {
            return Result(await FindBearerAsync(authorization.ToString()));
        }

        if (Request.Headers.TryGetValue(ApiKeyHeader, out var key))
        {
            var access = await FindAsync(fromMemory => directory.FindApiKeyAsync(key.ToString(), fromMemory, Context.RequestAborted));
            if (access is not null)
            {
                Context.Features.Set(KeyRate.PerSecond(access.KeyId, access.RequestsPerSecond ?? RateLimits.RequestsPerSecond));
            }

            return Result(access);
        }

        if (Request.Cookies.TryGetValue(SessionCookie.Name, out var cookie))
        {
            // A cookie that ended is like none: the browser sends it to the sign-in page too.
            return await FindAsync(fromMemory => directory.FindSessionByCookieAsync(cookie, fromMemory, Context.RequestAborted)) is { } session
                ? SessionCookie.IsFromOurPages(Request) ? Result(session) : AuthenticateResult.Fail("The request comes from another site.")
                : AuthenticateResult.NoResult();
        }

        return AuthenticateResult.NoResult();
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = Bearer.Trim();
        return Problems.From(SecurityErrors.SignInNeeded).ExecuteAsync(Context);
    }

    private async Task<SessionAccess?> FindBearerAsync(string authorization) =>
        authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)
        && await tokens.ReadAsync(authorization[Bearer.Length..].Trim(), Context.RequestAborted) is { } subject
        && await FindAsync(fromMemory => directory.FindSessionAsync(subject.SessionId, fromMemory, Context.RequestAborted)) is { } session
        && session.UserId == subject.UserId && session.Generation == subject.Generation
            ? session
            : null;

    /// <summary>Asks the directory, and lets <see cref="RateLimits"/> count what it does not know.</summary>
    private async ValueTask<T?> FindAsync<T>(Func<bool, ValueTask<T?>> find)
        where T : class
    {
        var fromMemory = allowances.IsSpent(UnknownCredential.Policy, CallerKey.Address(Context.Connection.RemoteIpAddress));
        var found = await find(fromMemory);
        if (found is null)
        {
            Context.Features.Set(new UnknownCredential(IsForgotten: fromMemory));
        }

        return found;
    }

    /// <summary>Makes what was found known to <see cref="HttpCaller"/>.</summary>
    private AuthenticateResult Result(object? access)
    {
        if (access is null)
        {
            return AuthenticateResult.Fail("The credential is unknown, over or was revoked.");
        }

        Context.Items[HttpCaller.AccessItem] = access;
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(new ClaimsIdentity(SchemeName)), SchemeName));
    }
}
