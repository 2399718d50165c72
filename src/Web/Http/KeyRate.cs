namespace FaceId.Web.Http;

/// <summary>
/// The rate that an API key was given. Who authenticates a key puts this into the features of the request; a key without one shares
/// the policy of all callers.
/// </summary>
internal sealed record KeyRate(CallerKey Key, RateLimitPolicy Policy)
{
    private const string PolicyName = "api-key";

    public static KeyRate PerSecond(int keyId, int requests) => new(CallerKey.ApiKey(keyId), RateLimitPolicy.PerSecond(PolicyName, requests));
}
