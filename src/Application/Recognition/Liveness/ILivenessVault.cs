namespace FaceId.Application.Recognition.Liveness;

/// <summary>Seals what a session remembers of its frames, for that session alone.</summary>
public interface ILivenessVault
{
    byte[] Seal(LivenessRun run, Guid session);

    LivenessRun Open(byte[] stored, Guid session);
}
