namespace FaceId.Web.Http;

/// <summary>How often the API key at hand may knock. <see cref="Authentication"/> puts this into the features of the request.</summary>
internal sealed record KeyRate(CallerKey Key, RateLimitPolicy Policy)
{
    private const string PolicyName = "api-key";

    public static KeyRate PerSecond(int keyId, int requests) => new(CallerKey.ApiKey(keyId), RateLimitPolicy.PerSecond(PolicyName, requests));
}
