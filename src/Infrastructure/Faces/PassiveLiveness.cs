namespace FaceId.Infrastructure.Faces;

/// <summary>Whether the passive liveness network says what it thinks of a session's frames.</summary>
public enum PassiveLiveness
{
    /// <summary>Its score stands beside the answer and decides nothing.</summary>
    Advice,

    /// <summary>No score; the network's file is not needed.</summary>
    Off,
}
