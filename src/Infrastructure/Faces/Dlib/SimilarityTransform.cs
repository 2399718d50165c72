namespace FaceId.Infrastructure.Faces.Dlib;

/// <summary>Rotation, scale and shift that bring points nearest to others: x' = a x − b y + X, y' = b x + a y + Y.</summary>
/// <remarks>
/// The least-squares solution (Umeyama) that find_similarity_transform in dlib/geometry/point_transforms.h computes by a singular value
/// decomposition. In the plane, and without mirroring, it has this closed form.
/// </remarks>
internal readonly record struct SimilarityTransform(double A, double B, double X, double Y)
{
    public double Scale => Math.Sqrt(A * A + B * B);

    public double Angle => Math.Atan2(B, A);

    public PointD Apply(double x, double y) => new(A * x - B * y + X, B * x + A * y + Y);

    public static SimilarityTransform Between(ReadOnlySpan<PointD> from, ReadOnlySpan<PointD> to)
    {
        var fromMean = Mean(from);
        var toMean = Mean(to);
        double cosine = 0, sine = 0, spread = 0;
        for (var i = 0; i < from.Length; i++)
        {
            double fx = from[i].X - fromMean.X, fy = from[i].Y - fromMean.Y;
            double tx = to[i].X - toMean.X, ty = to[i].Y - toMean.Y;
            cosine += fx * tx + fy * ty;
            sine += fx * ty - fy * tx;
            spread += fx * fx + fy * fy;
        }

        if (spread == 0)
        {
            return new(1, 0, toMean.X - fromMean.X, toMean.Y - fromMean.Y);
        }

        double a = cosine / spread, b = sine / spread;
        return new(a, b, toMean.X - (a * fromMean.X - b * fromMean.Y), toMean.Y - (b * fromMean.X + a * fromMean.Y));
    }

    /// <summary>The same without the shift, for shapes written as x0, y0, x1, y1, ….</summary>
    public static (double A, double B) Between(ReadOnlySpan<float> from, ReadOnlySpan<float> to)
    {
        var points = from.Length / 2;
        double fromX = 0, fromY = 0, toX = 0, toY = 0;
        for (var i = 0; i < from.Length; i += 2)
        {
            fromX += from[i];
            fromY += from[i + 1];
            toX += to[i];
            toY += to[i + 1];
        }

        fromX /= points;
        fromY /= points;
        toX /= points;
        toY /= points;
        double cosine = 0, sine = 0, spread = 0;
        for (var i = 0; i < from.Length; i += 2)
        {
            double fx = from[i] - fromX, fy = from[i + 1] - fromY;
            double tx = to[i] - toX, ty = to[i + 1] - toY;
            cosine += fx * tx + fy * ty;
            sine += fx * ty - fy * tx;
            spread += fx * fx + fy * fy;
        }

        return (cosine / spread, sine / spread);
    }

    private static PointD Mean(ReadOnlySpan<PointD> points)
    {
        double x = 0, y = 0;
        foreach (var point in points)
        {
            x += point.X;
            y += point.Y;
        }

        return new(x / points.Length, y / points.Length);
    }
}
