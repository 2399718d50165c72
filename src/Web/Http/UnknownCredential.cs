namespace FaceId.Web.Http;

/// <summary>
/// Among the features of a request that brought a key, a cookie or a session which the directory does not know. Looking for it comes
/// before any limit of the caller, so it has a limit of its own.
/// </summary>
/// <param name="IsForgotten">Whether only memory was asked: the credential may be good, and must be refused as coming too early.</param>
internal sealed record UnknownCredential(bool IsForgotten)
{
    public static readonly RateLimitPolicy Policy = RateLimitPolicy.PerSecond("unknown-credential", 20);
}
