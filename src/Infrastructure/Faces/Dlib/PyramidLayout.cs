namespace FaceId.Infrastructure.Faces.Dlib;

/// <summary>Where each level of an image pyramid lies in the one plane that the detector looks at.</summary>
/// <remarks>
/// Ported from compute_tiled_image_pyramid_details and tiled_pyramid_to_image in dlib/image_transforms/image_pyramid.h, for
/// pyramid_down&lt;6&gt;: each level has 5/6 of the side of the one before. Levels go down the left side, then up the right side.
/// </remarks>
internal sealed class PyramidLayout
{
    /// <summary>Pixels between levels.</summary>
    public const int Padding = 10;

    /// <summary>Pixels around all levels.</summary>
    public const int OuterPadding = 11;

    private const double Rate = 5.0 / 6.0;
    private const double UpRatio = 6.0 / 5.0;
    private const double UpOffset = 0.3;
    private const int SmallestHeight = 5;

    private PyramidLayout(int width, int height, int firstLevel, Rectangle[] levels)
    {
        Width = width;
        Height = height;
        FirstLevel = firstLevel;
        Levels = levels;
    }

    /// <summary>Width of the plane in pixels.</summary>
    public int Width { get; }

    public int Height { get; }

    /// <summary>Which level of the pyramid the first of <see cref="Levels"/> is; 0 is the full image.</summary>
    public int FirstLevel { get; }

    /// <summary>The place of each level in the plane, the largest first.</summary>
    public IReadOnlyList<Rectangle> Levels { get; }

    /// <summary>dlib's plane for an image of that size, which is at least 1x1.</summary>
    public static PyramidLayout Full(int imageWidth, int imageHeight)
    {
        var sizes = LevelSizes(imageWidth, imageHeight);
        var total = sizes.Sum(size => size.Height + Padding) - 2 * Padding;
        var height = 0;
        var previousWidth = 0;
        foreach (var (levelWidth, levelHeight) in sizes)
        {
            // The left column ends where the next level fits beside the last one and half of what remains is used up.
            if (levelWidth <= imageWidth - previousWidth - Padding && (height - imageHeight) * 2 >= total - imageHeight)
            {
                break;
            }

            height += levelHeight + Padding;
            previousWidth = levelWidth;
        }

        height -= Padding;

        var levels = new List<Rectangle>(sizes.Count);
        var y = OuterPadding;
        while (y < height + OuterPadding && levels.Count < sizes.Count)
        {
            var (levelWidth, levelHeight) = sizes[levels.Count];
            levels.Add(Rectangle.OfSize(levelWidth, levelHeight).Moved(OuterPadding, y));
            y += levelHeight + Padding;
        }

        y -= Padding;
        while (levels.Count < sizes.Count)
        {
            var (levelWidth, levelHeight) = sizes[levels.Count];
            var right = OuterPadding + imageWidth - 1;
            var rectangle = new Rectangle(right - levelWidth + 1, y - levelHeight, right, y - 1);
            if (!levels[0].Intersect(rectangle).IsEmpty)
            {
                break;
            }

            levels.Add(rectangle);
            y -= levelHeight + Padding;
        }

        return new PyramidLayout(imageWidth + 2 * OuterPadding, height + 2 * OuterPadding, 0, [.. levels]);
    }

    /// <summary>A plane of some levels only, each at the same place as in the full plane as far as the detector's stride can tell.</summary>
    /// <remarks>Levels stand on shelves as wide as the first level; each goes to the first shelf with room for it.</remarks>
    /// <param name="stride">Pixels of the plane between two scores.</param>
    /// <param name="first">The largest level of the part.</param>
    /// <param name="end">The level after the smallest.</param>
    public PyramidLayout Part(int stride, int first, int end)
    {
        var levels = new Rectangle[end - first];
        var shelves = new List<(int Top, int Right)>();
        var width = 0;
        var bottom = OuterPadding - Padding;
        for (var i = 0; i < levels.Length; i++)
        {
            var level = Levels[first + i];
            var shelf = shelves.FindIndex(s => Aligned(s.Right + Padding, level.Left, stride) + level.Width <= OuterPadding + Levels[first].Width);
            if (shelf < 0)
            {
                shelf = shelves.Count;
                shelves.Add((bottom + Padding, OuterPadding - Padding));
            }

            var left = Aligned(shelves[shelf].Right + Padding, level.Left, stride);
            var top = Aligned(shelves[shelf].Top, level.Top, stride);
            levels[i] = Rectangle.OfSize(level.Width, level.Height).Moved(left, top);
            shelves[shelf] = (shelves[shelf].Top, left + level.Width);
            bottom = Math.Max(bottom, top + level.Height);
            width = Math.Max(width, left + level.Width);
        }

        return new PyramidLayout(width + OuterPadding, bottom + OuterPadding, FirstLevel + first, levels);
    }

    /// <summary>Side in pixels of the image of a window of the given side on that level.</summary>
    public static double WindowInImage(double side, int level) => side * Math.Pow(UpRatio, level);

    /// <summary>The smallest level on which a window of the given side covers no more than <paramref name="inImage"/> pixels of the image.</summary>
    public static int LevelOf(double side, double inImage) => Math.Max(0, (int)Math.Floor(Math.Log(inImage / side) / Math.Log(UpRatio)));

    /// <summary>Maps a rectangle of the plane to the image and says on which level it lies.</summary>
    public (RectangleD InImage, int Level) ToImage(RectangleD inPlane)
    {
        var index = NearestLevel(inPlane.Centre);
        var origin = Levels[index];
        var level = FirstLevel + index;
        return (Up(inPlane.Moved(-origin.Left, -origin.Top), level), level);
    }

    /// <summary>Maps a rectangle of a level to the image.</summary>
    public static RectangleD Up(RectangleD inLevel, int level)
    {
        for (var i = 0; i < level; i++)
        {
            inLevel = new(
                inLevel.Left * UpRatio + UpOffset, inLevel.Top * UpRatio + UpOffset,
                inLevel.Right * UpRatio + UpOffset, inLevel.Bottom * UpRatio + UpOffset);
        }

        return inLevel;
    }

    /// <summary>Size of the level after one of the given size.</summary>
    public static (int Width, int Height) NextSize(int width, int height) => ((int)Math.Floor(Rate * width), (int)Math.Floor(Rate * height));

    /// <summary>Sizes of all levels, the image first.</summary>
    private static List<(int Width, int Height)> LevelSizes(int width, int height)
    {
        var sizes = new List<(int Width, int Height)> { (width, height) };
        while (true)
        {
            (width, height) = NextSize(width, height);
            if (width == 0 || height < SmallestHeight)
            {
                return sizes;
            }

            sizes.Add((width, height));
        }
    }

    /// <summary>The first place from <paramref name="from"/> on that leaves the same remainder as <paramref name="place"/>.</summary>
    private static int Aligned(int from, int place, int stride) => from + ((place - from) % stride + stride) % stride;

    private int NearestLevel(PointD point)
    {
        var x = PointD.Round(point.X);
        var y = PointD.Round(point.Y);
        var nearest = 0;
        var least = double.PositiveInfinity;
        for (var i = 0; i < Levels.Count; i++)
        {
            var level = Levels[i];
            if (level.Contains(x, y))
            {
                return i;
            }

            double dx = Math.Clamp(x, level.Left, level.Right) - x;
            double dy = Math.Clamp(y, level.Top, level.Bottom) - y;
            var distance = Math.Sqrt(dx * dx + dy * dy);
            if (distance < least)
            {
                least = distance;
                nearest = i;
            }
        }

        return nearest;
    }
}
