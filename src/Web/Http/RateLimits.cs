using System.Globalization;
using FaceId.Application.Common.Security;
using Microsoft.AspNetCore.RateLimiting;

namespace FaceId.Web.Http;

/// <summary>
/// How often one caller may knock. What a request costs beyond that is bounded by the engine's queue. A door names its policy with
/// <c>RequireRateLimiting(RateLimits.SignIn)</c>; every other door has the one of its caller.
/// </summary>
internal sealed class RateLimits(RequestDelegate next, Allowances allowances)
{
    /// <summary>The policy of the doors where somebody proves who they are.</summary>
    public const string SignIn = "sign-in";

    /// <summary>The policy of the doors that make accounts, send mail or take what came by mail.</summary>
    public const string Registration = "registration";

    /// <summary>The policy of the door where liveness sessions begin.</summary>
    public const string Liveness = "liveness";

    /// <summary>What a caller may, whom nothing else was set for.</summary>
    public const int RequestsPerSecond = 200;

    private static readonly RateLimitPolicy OfCallers = RateLimitPolicy.PerSecond("caller", RequestsPerSecond);

    /// <summary>The policies that a door can name.</summary>
    public static readonly IReadOnlyDictionary<string, RateLimitPolicy> OfOpenDoors = new RateLimitPolicy[]
    {
        new(SignIn, 60, TimeSpan.FromMinutes(1)),
        new(Registration, 60, TimeSpan.FromMinutes(1)),
        new(Liveness, 120, TimeSpan.FromMinutes(1)),
    }.ToDictionary(policy => policy.Name);

    public async Task InvokeAsync(HttpContext context, ICaller caller)
    {
        var door = context.GetEndpoint()?.Metadata;
        if (door?.GetMetadata<DisableRateLimitingAttribute>() is not null)
        {
            await next(context);
            return;
        }

        var (policy, key) = Limit(context, door, caller);
        var allowance = allowances.Take(policy, key);
        if (context.Features.Get<UnknownCredential>() is { } unknown)
        {
            var search = allowances.Take(UnknownCredential.Policy, CallerKey.Address(context.Connection.RemoteIpAddress));
            allowance = search.IsTaken && !unknown.IsForgotten ? allowance : search with { IsTaken = false };
        }

        // Not before the answer starts, since an exception's answer begins by forgetting all headers.
        context.Response.OnStarting(static state => Tell((Told)state), new Told(context.Response.Headers, allowance));
        if (allowance.IsTaken)
        {
            await next(context);
            return;
        }

        await Problems.From(
            "rate_limited",
            string.Create(CultureInfo.InvariantCulture, $"Too many requests. Try again in {Seconds(allowance.Reset)} s."),
            new Dictionary<string, object> { ["retryAfter"] = allowance.Reset }).ExecuteAsync(context);
    }

    private static (RateLimitPolicy Policy, CallerKey Key) Limit(HttpContext context, EndpointMetadataCollection? door, ICaller caller)
    {
        if (door?.GetMetadata<EnableRateLimitingAttribute>() is { PolicyName: { } name })
        {
            return (OfOpenDoors[name], CallerKey.Address(context.Connection.RemoteIpAddress));
        }

        return context.Features.Get<KeyRate>() is { } own
            ? (own.Policy, own.Key)
            : (OfCallers, caller.Session is { } session ? CallerKey.Account(session.UserId) : CallerKey.Address(context.Connection.RemoteIpAddress));
    }

    private static Task Tell(Told told)
    {
        var (headers, allowance) = told;
        headers["RateLimit-Policy"] = allowance.Policy.Header;
        headers["RateLimit"] = string.Create(
            CultureInfo.InvariantCulture, $"\"{allowance.Policy.Name}\";r={allowance.Remaining};t={Seconds(allowance.Reset)}");
        return Task.CompletedTask;
    }

    private static int Seconds(TimeSpan time) => (int)Math.Ceiling(time.TotalSeconds);

    private sealed record Told(IHeaderDictionary Headers, Allowance Allowance);
}
