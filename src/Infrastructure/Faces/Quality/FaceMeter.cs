using System.Runtime.CompilerServices;
using FaceId.Application.Faces;
using FaceId.Infrastructure.Faces.Dlib;

namespace FaceId.Infrastructure.Faces.Quality;

/// <summary>Measures a face on its chip, where the eyes are always equally far apart: a blurred photo stays blurred however large it was made.</summary>
internal static unsafe class FaceMeter
{
    private const int Side = FaceChip.Side;

    /// <summary>The square around the face, brows to chin, in a chip: dlib pads it by a quarter.</summary>
    private const int SquareFirst = 25, SquareLast = 124;

    /// <param name="chip">The face, cut from <paramref name="pixels"/> at <paramref name="place"/>.</param>
    /// <param name="points">The five points in <paramref name="pixels"/>.</param>
    /// <param name="scale">Pixels of the photo as it was sent for each of <paramref name="pixels"/>, along one side.</param>
    [SkipLocalsInit]
    public static FaceQuality Measure(byte* chip, PixelView pixels, FaceChip.Place place, ReadOnlySpan<PointD> points, double scale, double detectorScore)
    {
        var light = stackalloc ushort[Side * Side];
        var scratch = stackalloc ushort[ChipBands.Scratch];
        ChipBands.ToLight(chip, light);
        var outside = OutsideShare(pixels, place);
        if (outside.Chip)
        {
            FillOutside(light, pixels, place);
        }

        var sums = ChipBands.Measure(light, scratch);
        var (yaw, pitch, roll) = HeadPose.Estimate(points, out var eyeDistance);
        return Describe(sums, eyeDistance * scale, yaw, pitch, roll, outside.Face, detectorScore);
    }

    private static FaceQuality Describe(in ChipBands.Sums sums, double eyeDistance, double yaw, double pitch, double roll, double outside, double score)
    {
        const double Count = ChipBands.Width * ChipBands.Height;
        var mean = sums.Total / Count;
        var variance = Math.Max(0, sums.Squares / Count - mean * mean);
        var measured = new FaceQuality(
            Score: 0,
            Math.Round(eyeDistance, 1),
            Math.Round(Math.Sqrt(sums.Steepness), 3),
            Math.Round(variance <= 0 ? 0 : Math.Sqrt(sums.Finest / Count / variance) / ChipBands.Unit, 3),
            Math.Round(mean / byte.MaxValue, 3),
            Math.Round(Math.Sqrt(variance) / byte.MaxValue, 3),
            Math.Round(sums.Black / Count, 3),
            Math.Round(sums.White / Count, 3),
            Math.Round(yaw, 1),
            Math.Round(pitch, 1),
            Math.Round(roll, 1),
            Math.Round(sums.Spread == 0 ? 0 : Math.Min(1, sums.Difference / sums.Spread), 3),
            Math.Round(outside, 3),
            Math.Round(score, 3));
        return measured with { Score = Math.Round(QualityScore.Of(measured), 3) };
    }

    /// <summary>The share of the face's square outside the photo, and whether any of the chip is.</summary>
    private static (double Face, bool Chip) OutsideShare(PixelView pixels, FaceChip.Place place)
    {
        var map = new ChipMap(place);
        if (map.Inside(0, 0, pixels) && map.Inside(Side - 1, 0, pixels) && map.Inside(0, Side - 1, pixels) && map.Inside(Side - 1, Side - 1, pixels))
        {
            return (0, false);
        }

        var outside = 0;
        for (var y = SquareFirst; y <= SquareLast; y++)
        {
            for (var x = SquareFirst; x <= SquareLast; x++)
            {
                outside += map.Inside(x, y, pixels) ? 0 : 1;
            }
        }

        const int Length = SquareLast - SquareFirst + 1;
        return (outside / (double)(Length * Length), true);
    }

    /// <summary>Repeats the nearest pixels of the photo where the chip is black because it ends there: that is neither dark nor sharp.</summary>
    private static void FillOutside(ushort* light, PixelView pixels, FaceChip.Place place)
    {
        var map = new ChipMap(place);
        var filled = -1;
        for (var y = 0; y < Side; y++)
        {
            // What lies inside a photo is one piece of any row.
            int first = 0, last = Side - 1;
            while (first < Side && !map.Inside(first, y, pixels))
            {
                first++;
            }

            if (first == Side)
            {
                if (filled >= 0)
                {
                    Row(light, y - 1).CopyTo(Row(light, y));
                }

                continue;
            }

            while (!map.Inside(last, y, pixels))
            {
                last--;
            }

            var row = Row(light, y);
            row[..first].Fill(row[first]);
            row[last..].Fill(row[last]);
            if (filled < 0)
            {
                for (var above = 0; above < y; above++)
                {
                    row.CopyTo(Row(light, above));
                }
            }

            filled = y;
        }
    }

    private static Span<ushort> Row(ushort* light, int y) => new(light + y * Side, Side);

    /// <summary>Where the pixels of a chip come from, as <see cref="FaceChip"/> takes them.</summary>
    private readonly struct ChipMap
    {
        private readonly PointD _origin;
        private readonly double _stepX, _stepY;

        public ChipMap(FaceChip.Place place)
        {
            var (sine, cosine) = Math.SinCos(place.Angle);
            var rectangle = place.Rectangle;
            _origin = new PointD(rectangle.Left, rectangle.Top).RotatedAround(rectangle.Centre, sine, cosine);
            var step = (rectangle.Right - rectangle.Left) / (Side - 1);
            (_stepX, _stepY) = (step * cosine, step * sine);
        }

        public bool Inside(int column, int row, PixelView pixels)
        {
            var x = _origin.X + column * _stepX - row * _stepY;
            var y = _origin.Y + column * _stepY + row * _stepX;
            return x >= 0 && y >= 0 && x < pixels.Width - 1 && y < pixels.Height - 1;
        }
    }
}
