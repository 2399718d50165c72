using FaceId.Application.Faces;
using FaceId.Domain.Recognition.Liveness;

namespace FaceId.Application.Recognition.Liveness;

/// <summary>What liveness takes of an analysed face.</summary>
internal static class LivenessFace
{
    /// <returns>Null when the points make no face.</returns>
    public static LivenessRun.View? See(DetectedFace face)
    {
        (double X, double Y)[] points = [.. face.Landmarks.Select(point => (point.X, point.Y))];
        return HeadPose.From(points) is { } pose && face.Patch is { } patch
            ? new LivenessRun.View(pose, FacePatch.From(patch, points), face.Opinions!, face.PassiveScore)
            : null;
    }
}
