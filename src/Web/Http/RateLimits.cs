using System.Globalization;
using System.Threading.RateLimiting;
using FaceId.Application.Common.Security;

namespace FaceId.Web.Http;

/// <summary>How often one caller may knock. What a request costs beyond that is bounded by the engine's queue.</summary>
internal static class RateLimits
{
    /// <summary>The policy of the doors that stand open to everybody.</summary>
    public const string SignIn = "sign-in";

    private const int SignInPerMinute = 60;
    private const int RequestsPerSecond = 200;
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    public static IServiceCollection AddRateLimits(this IServiceCollection services, bool enabled) =>
        services.AddRateLimiter(options =>
        {
            options.AddPolicy(SignIn, context => enabled
                ? RateLimitPartition.GetSlidingWindowLimiter(Address(context), _ => new SlidingWindowRateLimiterOptions
                {
                    PermitLimit = SignInPerMinute,
                    Window = TimeSpan.FromMinutes(1),
                    SegmentsPerWindow = 6,
                })
                : RateLimitPartition.GetNoLimiter(""));

            options.GlobalLimiter = !enabled ? null : PartitionedRateLimiter.Create<HttpContext, string>(context =>
                RateLimitPartition.GetTokenBucketLimiter(Account(context) ?? Address(context), _ => Bucket(Rate(context))));

            options.OnRejected = (context, _) =>
            {
                var wait = context.Lease.TryGetMetadata(MetadataName.RetryAfter, out var time) ? time : Second;
                return new ValueTask(Problems.From(
                    "rate_limited",
                    $"Too many requests. Try again in {Math.Ceiling(wait.TotalSeconds)} s.",
                    new Dictionary<string, object> { ["retryAfter"] = wait }).ExecuteAsync(context.HttpContext));
            };
        });

    private static TokenBucketRateLimiterOptions Bucket(int perSecond) => new()
    {
        TokenLimit = 2 * perSecond,
        TokensPerPeriod = perSecond,
        ReplenishmentPeriod = Second,
    };

    /// <summary>What everybody may, or what was set for the key that calls.</summary>
    private static int Rate(HttpContext context) =>
        context.RequestServices.GetRequiredService<ICaller>().ApiKey?.RequestsPerSecond ?? RequestsPerSecond;

    private static string Address(HttpContext context) => context.Connection.RemoteIpAddress?.ToString() ?? "";

    private static string? Account(HttpContext context) => context.RequestServices.GetRequiredService<ICaller>() switch
    {
        { Session: { } session } => string.Create(CultureInfo.InvariantCulture, $"user {session.UserId}"),
        { ApiKey: { } key } => string.Create(CultureInfo.InvariantCulture, $"key {key.KeyId}"),
        _ => null,
    };
}
