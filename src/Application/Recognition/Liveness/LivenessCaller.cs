using FaceId.Application.Common.Security;
using FaceId.Application.Users;
using FaceId.Domain.Recognition.Liveness;

namespace FaceId.Application.Recognition.Liveness;

internal static class LivenessCaller
{
    /// <summary>A session belongs to the account or API key that began it.</summary>
    public static bool Owns(this ICaller caller, LivenessSession session) =>
        session.ActorId == caller.UserId && session.ApiKeyId == caller.ApiKey?.KeyId;

    /// <summary>What counts the caller's sessions about a person until one passes; nothing where it is not said who it is.</summary>
    public static Guess[] LivenessGuesses(this ICaller caller, int? userId) =>
        userId is { } id ? [new(GuessKind.Liveness, $"{caller.UserId}:{caller.ApiKey?.KeyId}:{id}")] : [];
}
