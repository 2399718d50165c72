using FaceId.Application.Common.Security;
using FaceId.Domain.Recognition.Liveness;

namespace FaceId.Application.Recognition.Liveness;

internal static class LivenessCaller
{
    /// <summary>A session belongs to the account or API key that began it.</summary>
    public static bool Owns(this ICaller caller, LivenessSession session) =>
        session.ActorId == caller.UserId && session.ApiKeyId == caller.ApiKey?.KeyId;
}
