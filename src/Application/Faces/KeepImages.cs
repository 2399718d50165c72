namespace FaceId.Application.Faces;

/// <summary>What is kept of the photos that faces are enrolled from.</summary>
public enum KeepImages
{
    /// <summary>Nothing.</summary>
    Off,

    /// <summary>The face, cut out and upright.</summary>
    Aligned,

    /// <summary>The file as it was sent.</summary>
    Original,
}

public sealed record ImageOptions(KeepImages Keep);
