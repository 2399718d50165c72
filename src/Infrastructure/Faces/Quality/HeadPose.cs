using FaceId.Infrastructure.Faces.Dlib;

namespace FaceId.Infrastructure.Faces.Quality;

/// <summary>How a head is turned, estimated from dlib's five points as if seen from far away.</summary>
/// <remarks>
/// The base of the nose lies before the eyes by <see cref="NoseDepth"/> and below them by <see cref="NoseDrop"/>, in distances between
/// the eyes: it moves aside when the head turns, and up when the chin is raised. The outer eye corners lie behind the inner ones, so the
/// farther eye looks narrower.
/// </remarks>
internal static class HeadPose
{
    /// <summary>Assumed; heads differ, and the angles with them.</summary>
    private const double NoseDepth = 0.4;

    /// <summary>The median of the development half of LFW.</summary>
    private const double NoseDrop = 0.775;

    /// <summary>How the difference of the eyes' widths, as a share of their sum, goes with the nose's way aside; seen there too.</summary>
    private const double EyeWidths = 0.415;

    /// <param name="points">dlib's five points: outer and inner corner of the eye on the right of the photo, of that on its left, base of the nose.</param>
    /// <param name="eyeDistance">Between the middles of the eyes, in the points' unit.</param>
    public static (double Yaw, double Pitch, double Roll) Estimate(ReadOnlySpan<PointD> points, out double eyeDistance)
    {
        var right = Middle(points[0], points[1]);
        var left = Middle(points[2], points[3]);
        double x = right.X - left.X, y = right.Y - left.Y;
        eyeDistance = Math.Sqrt(x * x + y * y);
        if (eyeDistance == 0)
        {
            return (0, 0, 0);
        }

        var nose = points[4];
        var middle = Middle(right, left);
        double toX = nose.X - middle.X, toY = nose.Y - middle.Y, square = eyeDistance * eyeDistance;
        var aside = (toX * x + toY * y) / square;
        var down = (toY * x - toX * y) / square;
        double rightWidth = Distance(points[0], points[1]), leftWidth = Distance(points[2], points[3]);
        var widths = rightWidth + leftWidth == 0 ? 0 : (leftWidth - rightWidth) / (leftWidth + rightWidth);
        var turned = (aside + widths / EyeWidths) / 2;
        return (Degrees(Math.Atan(turned / NoseDepth)), Degrees(Math.Atan((NoseDrop - down) / NoseDepth)), Degrees(Math.Atan2(y, x)));
    }

    private static PointD Middle(PointD a, PointD b) => new((a.X + b.X) / 2, (a.Y + b.Y) / 2);

    private static double Distance(PointD a, PointD b) => Math.Sqrt((a.X - b.X) * (a.X - b.X) + (a.Y - b.Y) * (a.Y - b.Y));

    private static double Degrees(double radians) => radians * (180 / Math.PI);
}
