namespace FaceId.Infrastructure.Faces;

/// <summary>Whether a second network gives its opinion on each face beside dlib's.</summary>
public enum SecondModel
{
    On,

    /// <summary>dlib alone; the second network's file is not needed.</summary>
    Off,
}
