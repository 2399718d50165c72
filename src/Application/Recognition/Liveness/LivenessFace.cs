using FaceId.Application.Faces;
using FaceId.Domain.Faces;
using FaceId.Domain.Recognition.Liveness;

namespace FaceId.Application.Recognition.Liveness;

/// <summary>What liveness takes of an analysed face.</summary>
internal static class LivenessFace
{
    /// <summary>The vector by which one person is followed through a session and known again in a photo.</summary>
    public static FaceVector VectorOf(DetectedFace face) => face.Vectors.Single(vector => vector.Model == FaceModels.Dlib);

    /// <returns>Null when the points make no face.</returns>
    public static LivenessRun.View? See(DetectedFace face)
    {
        (double X, double Y)[] points = [.. face.Landmarks.Select(point => (point.X, point.Y))];
        return HeadPose.From(points) is { } pose && face.Patch is { } patch
            ? new LivenessRun.View(pose, FacePatch.From(patch, points), VectorOf(face))
            : null;
    }
}
