namespace FaceId.Infrastructure.Faces.Dlib;

/// <summary>A rectangle of pixels; right and bottom belong to it, as in dlib/geometry/rectangle.h.</summary>
internal readonly record struct Rectangle(int Left, int Top, int Right, int Bottom)
{
    public int Width => IsEmpty ? 0 : Right - Left + 1;

    public int Height => IsEmpty ? 0 : Bottom - Top + 1;

    public bool IsEmpty => Top > Bottom || Left > Right;

    public long Area => (long)Width * Height;

    public static Rectangle OfSize(int width, int height) => new(0, 0, width - 1, height - 1);

    public bool Contains(int x, int y) => x >= Left && x <= Right && y >= Top && y <= Bottom;

    public Rectangle Moved(int x, int y) => new(Left + x, Top + y, Right + x, Bottom + y);

    public Rectangle Intersect(Rectangle other) => new(
        Math.Max(Left, other.Left), Math.Max(Top, other.Top), Math.Min(Right, other.Right), Math.Min(Bottom, other.Bottom));

    /// <summary>The smallest rectangle around both.</summary>
    public Rectangle Enclose(Rectangle other) =>
        other.IsEmpty ? this
        : IsEmpty ? other
        : new(Math.Min(Left, other.Left), Math.Min(Top, other.Top), Math.Max(Right, other.Right), Math.Max(Bottom, other.Bottom));

    /// <summary>dlib's test for two boxes of one object: test_box_overlap in dlib/image_processing/box_overlap_testing.h.</summary>
    /// <remarks>The share is taken of what encloses both boxes, not of their union.</remarks>
    public bool Overlaps(Rectangle other, double iouThreshold, double coveredThreshold)
    {
        double inner = Intersect(other).Area;
        return inner > 0
            && (inner / Enclose(other).Area > iouThreshold || inner / Area > coveredThreshold || inner / other.Area > coveredThreshold);
    }
}

/// <summary>A rectangle with fractional corners, as in dlib/geometry/drectangle.h; its width is right − left + 1.</summary>
internal readonly record struct RectangleD(double Left, double Top, double Right, double Bottom)
{
    public double Width => IsEmpty ? 0 : Right - Left + 1;

    public double Height => IsEmpty ? 0 : Bottom - Top + 1;

    public bool IsEmpty => Top > Bottom || Left > Right;

    public double Area => Width * Height;

    public PointD Centre => new((Left + Right) / 2, (Top + Bottom) / 2);

    public static RectangleD Centred(PointD centre, double width, double height)
    {
        width--;
        height--;
        return new(centre.X - width / 2, centre.Y - height / 2, centre.X + width / 2, centre.Y + height / 2);
    }

    public RectangleD Moved(double x, double y) => new(Left + x, Top + y, Right + x, Bottom + y);

    public RectangleD Grown(double by) => new(Left - by, Top - by, Right + by, Bottom + by);

    public RectangleD Intersect(RectangleD other) => new(
        Math.Max(Left, other.Left), Math.Max(Top, other.Top), Math.Min(Right, other.Right), Math.Min(Bottom, other.Bottom));

    public Rectangle Rounded() => new(PointD.Round(Left), PointD.Round(Top), PointD.Round(Right), PointD.Round(Bottom));
}

internal readonly record struct PointD(double X, double Y)
{
    /// <summary>dlib rounds halves up, also below zero.</summary>
    public static int Round(double value) => (int)Math.Floor(value + 0.5);

    public PointD RotatedAround(PointD centre, double sine, double cosine)
    {
        var x = X - centre.X;
        var y = Y - centre.Y;
        return new(cosine * x - sine * y + centre.X, sine * x + cosine * y + centre.Y);
    }
}
