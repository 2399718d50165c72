namespace FaceId.Infrastructure.Faces.Imaging;

/// <summary>How a camera held its photo: EXIF's values 1 to 8, named by where the first row and column of the file belong.</summary>
internal enum Orientation
{
    TopLeft = 1,
    TopRight = 2,
    BottomRight = 3,
    BottomLeft = 4,
    LeftTop = 5,
    RightTop = 6,
    RightBottom = 7,
    LeftBottom = 8,
}

internal static class OrientationExtensions
{
    /// <summary>True when width and height change places.</summary>
    public static bool SwapsSides(this Orientation orientation) => orientation >= Orientation.LeftTop;
}
