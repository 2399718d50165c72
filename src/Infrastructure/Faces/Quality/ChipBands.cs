using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using FaceId.Infrastructure.Faces.Dlib;

namespace FaceId.Infrastructure.Faces.Quality;

/// <summary>The brightness of a chip, and what three steps of smoothing leave of it: whole numbers, so that every processor answers the same.</summary>
/// <remarks>
/// A step is (1 2 1)/4 in both directions, its taps 1, 2 and 4 pixels apart; smoothed planes keep four bits behind the point. The eyes are
/// 52 pixels apart.
/// </remarks>
internal static unsafe class ChipBands
{
    /// <summary>The part of a chip that is face in every pose: from outer eye corner to outer eye corner, from the brows to the chin.</summary>
    public const int Left = 43, Top = 35, Width = 64, Height = 80;

    /// <summary>Where the five points put the middle of the face: a chip's column 74.</summary>
    public const int Axis = 74;

    /// <summary>Values of the smoothed planes for one level of brightness.</summary>
    public const int Unit = 16;

    /// <summary>At most so bright is black.</summary>
    public const int Black = 8;

    /// <summary>At least so bright is white.</summary>
    public const int White = 250;

    private const int Lanes = 16;

    // Each plane is as wide as the next one's taps need, in whole vectors.
    private const int FirstLeft = Left - 16, FirstTop = Top - 6, FirstWidth = 96, FirstHeight = Height + 12;
    private const int SecondLeft = Left - 8, SecondTop = Top - 4, SecondWidth = 80, SecondHeight = Height + 8;

    /// <summary>How many values <see cref="Measure"/> needs as scratch.</summary>
    public const int Scratch = FirstWidth * FirstHeight + SecondWidth * SecondHeight + Width * Height;

    /// <summary>Brightness of each pixel, (77 red + 150 green + 29 blue) / 256 to the nearest.</summary>
    /// <param name="chip">150x150 pixels of four bytes.</param>
    /// <param name="light">Receives 150x150 values from 0 to 255.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ToLight(byte* chip, ushort* light)
    {
        const int Pixels = FaceChip.Side * FaceChip.Side;
        var i = 0;
        for (; i + Lanes <= Pixels; i += Lanes)
        {
            Vector256.Narrow(Light(Vector256.Load((uint*)chip + i)), Light(Vector256.Load((uint*)chip + i + Lanes / 2))).Store(light + i);
        }

        for (; i < Pixels; i++)
        {
            light[i] = (ushort)((77 * chip[4 * i] + 150 * chip[4 * i + 1] + 29 * chip[4 * i + 2] + 128) >> 8);
        }
    }

    /// <summary>Adds up what the statistics of <see cref="Sums"/> need over the face.</summary>
    /// <param name="light">150x150 values from 0 to 255.</param>
    /// <param name="scratch"><see cref="Scratch"/> values.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Sums Measure(ushort* light, ushort* scratch)
    {
        var first = scratch;
        var second = first + FirstWidth * FirstHeight;
        var third = second + SecondWidth * SecondHeight;
        Smooth(light + FirstTop * FaceChip.Side + FirstLeft, FaceChip.Side, first, FirstWidth, FirstHeight, distance: 1, shift: 0);
        var inFirst = first + (SecondTop - FirstTop) * FirstWidth + SecondLeft - FirstLeft;
        Smooth(inFirst, FirstWidth, second, SecondWidth, SecondHeight, distance: 2, shift: 4);
        var inSecond = second + (Top - SecondTop) * SecondWidth + Left - SecondLeft;
        Smooth(inSecond, SecondWidth, third, Width, Height, distance: 4, shift: 4);
        inFirst = first + (Top - FirstTop) * FirstWidth + Left - FirstLeft;

        var (total, squares, black, white) = Tones(light + Top * FaceChip.Side + Left);
        var (difference, spread) = Mirror(third);
        return new Sums(
            total, squares, black, white,
            Energy(light + Top * FaceChip.Side + Left, FaceChip.Side, 4, inFirst, FirstWidth),
            Steepness(inFirst),
            difference, spread);
    }

    private static Vector256<uint> Light(Vector256<uint> pixels)
    {
        var bytes = Vector256.Create(255u);
        return ((pixels & bytes) * 77u + ((pixels >>> 8) & bytes) * 150u + ((pixels >>> 16) & bytes) * 29u + Vector256.Create(128u)) >>> 8;
    }

    /// <summary>One step of smoothing; with a shift of 0 the result is sixteen times as large as what was smoothed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Smooth(ushort* from, int stride, ushort* to, int width, int height, int distance, int shift)
    {
        var half = Vector256.Create((ushort)(shift == 0 ? 0 : 1 << (shift - 1)));
        for (var y = 0; y < height; y++)
        {
            var row = from + y * stride;
            for (var x = 0; x < width; x += Lanes)
            {
                var sum = Taps(row - distance * stride + x, distance) + (Taps(row + x, distance) << 1) + Taps(row + distance * stride + x, distance);
                ((sum + half) >>> shift).Store(to + y * width + x);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ushort> Taps(ushort* at, int distance) =>
        Vector256.Load(at - distance) + (Vector256.Load(at) << 1) + Vector256.Load(at + distance);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (long Total, long Squares, int Black, int White) Tones(ushort* face)
    {
        Vector256<uint> total = default, squares = default;
        Vector256<ushort> black = default, white = default;
        for (var y = 0; y < Height; y++)
        {
            for (var x = 0; x < Width; x += Lanes)
            {
                var values = Vector256.Load(face + y * FaceChip.Side + x);
                var (lower, upper) = Vector256.Widen(values);
                total += lower + upper;
                squares += lower * lower + upper * upper;

                // A comparison that holds is all ones, which is minus one.
                black -= Vector256.LessThanOrEqual(values, Vector256.Create((ushort)Black));
                white -= Vector256.GreaterThanOrEqual(values, Vector256.Create((ushort)White));
            }
        }

        return (Vector256.Sum(total), Vector256.Sum(squares), Vector256.Sum(black), Vector256.Sum(white));
    }

    /// <summary>Sum of the squared differences of two planes over the face.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static long Energy(ushort* a, int strideA, int shiftA, ushort* b, int strideB)
    {
        var energy = 0L;
        for (var y = 0; y < Height; y++)
        {
            var row = Vector256<int>.Zero;
            for (var x = 0; x < Width; x += Lanes)
            {
                var difference = ((Vector256.Load(a + y * strideA + x) << shiftA) - Vector256.Load(b + y * strideB + x)).AsInt16();
                var (lower, upper) = Vector256.Widen(difference);
                row += lower * lower + upper * upper;
            }

            // A row holds at most 64 squares of 4080.
            energy += Vector256.Sum(row);
        }

        return energy;
    }

    /// <summary>Takes the direction that is most blurred, because a hand that shakes blurs only one.</summary>
    private static double Steepness(ushort* face)
    {
        // Brightness comes in whole steps; changes that are no larger say nothing.
        const double Rounding = (double)Width * Height * Unit * Unit / 6;
        ReadOnlySpan<int> directions = [1, FirstWidth, FirstWidth + 1, FirstWidth - 1];
        var least = double.MaxValue;
        foreach (var direction in directions)
        {
            var wide = Change(face, 6 * direction);
            least = Math.Min(least, wide <= Rounding ? 0 : Change(face, 2 * direction) / (double)wide);
        }

        return least;
    }

    /// <summary>Sum of the squared differences of the values before and behind each place of the face.</summary>
    private static long Change(ushort* face, int by) => Energy(face + by, FirstWidth, 0, face - by, FirstWidth);

    /// <summary>Compares the halves of the smoothest plane: the squared differences, and the squared deviations from the mean, which is as much if the halves have nothing in common.</summary>
    private static (long Difference, double Spread) Mirror(ushort* plane)
    {
        const int Half = 31;
        long difference = 0, sum = 0, squares = 0;
        for (var y = 0; y < Height; y++)
        {
            var middle = plane + y * Width + Axis - Left;
            for (var x = 1; x <= Half; x++)
            {
                long left = middle[-x], right = middle[x];
                difference += (left - right) * (left - right);
                sum += left + right;
                squares += left * left + right * right;
            }
        }

        return (difference, squares - (double)sum * sum / (2 * Half * Height));
    }

    /// <param name="Total">Of the brightness.</param>
    /// <param name="Squares">Of the brightness.</param>
    /// <param name="Black">Pixels.</param>
    /// <param name="White">Pixels.</param>
    /// <param name="Finest">Energy of the details that the first step of smoothing takes away, which is mostly noise.</param>
    /// <param name="Steepness">How much brightness changes over 4 pixels against 12, both squared, in the direction where that is least; 0 where nothing changes.</param>
    /// <param name="Difference">Between the halves, squared.</param>
    /// <param name="Spread">What the difference would be, on average, if the halves had nothing in common.</param>
    public readonly record struct Sums(long Total, long Squares, int Black, int White, long Finest, double Steepness, long Difference, double Spread);
}
