namespace FaceId.Domain.Recognition.Liveness;

/// <summary>
/// A face in 50x50 grey pixels, upright and of one size: a third of the chip that dlib's network sees. Just enough of it to tell whether
/// two frames can be two views of one flat picture, and kept no longer than a session lasts.
/// </summary>
public sealed class FacePatch
{
    public const int Side = 50;

    /// <summary>Where dlib's five points lie in it on average, in its order.</summary>
    private static readonly (double X, double Y)[] Mean = Array.ConvertAll<(double X, double Y), (double, double)>(
        [(0.8595674595992, 0.2134981538014), (0.6460604764104, 0.2289674387677), (0.1205750620789, 0.2137274526848), (0.3340850613712, 0.2290642403242), (0.4901123135679, 0.6277975316475)],
        p => ((0.25 + p.X) / 1.5 * Side, (0.25 + p.Y) / 1.5 * Side));

    /// <param name="pixels">Row by row, <see cref="Side"/> times as many.</param>
    /// <param name="points">dlib's five points in the patch: x, y, x, y …</param>
    public FacePatch(byte[] pixels, double[] points)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(pixels.Length, Side * Side);
        ArgumentOutOfRangeException.ThrowIfNotEqual(points.Length, 2 * HeadPose.Points);
        (Pixels, Points) = (pixels, points);
    }

    public byte[] Pixels { get; }

    public double[] Points { get; }

    /// <param name="points">The points in the photo.</param>
    public static FacePatch From(byte[] pixels, ReadOnlySpan<(double X, double Y)> points)
    {
        // The least-squares similarity onto the mean points, as complex numbers: z → a z + b.
        var (mx, my, tx, ty) = (0.0, 0.0, 0.0, 0.0);
        for (var i = 0; i < points.Length; i++)
        {
            (mx, my, tx, ty) = (mx + points[i].X / points.Length, my + points[i].Y / points.Length, tx + Mean[i].X / points.Length, ty + Mean[i].Y / points.Length);
        }

        var (re, im, norm) = (0.0, 0.0, 0.0);
        for (var i = 0; i < points.Length; i++)
        {
            var (x, y, u, v) = (points[i].X - mx, points[i].Y - my, Mean[i].X - tx, Mean[i].Y - ty);
            (re, im, norm) = (re + x * u + y * v, im + x * v - y * u, norm + x * x + y * y);
        }

        (re, im) = norm > 0 ? (re / norm, im / norm) : (1, 0);
        var placed = new double[2 * points.Length];
        for (var i = 0; i < points.Length; i++)
        {
            var (x, y) = (points[i].X - mx, points[i].Y - my);
            (placed[2 * i], placed[2 * i + 1]) = (re * x - im * y + tx, im * x + re * y + ty);
        }

        return new FacePatch(pixels, placed);
    }
}
