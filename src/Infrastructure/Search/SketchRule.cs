namespace FaceId.Infrastructure.Search;

/// <summary>How a template becomes a sketch: a few bytes from which a lower bound of its distance to any other follows.</summary>
/// <remarks>
/// Of the template's direction (the template divided by its length), the first components are rounded to sixteen levels each, with steps in
/// proportion to how far the component usually varies. Two lengths are kept beside them, rounded up: of what rounding took away, and of
/// the components that were left out. They make the bound hold for any template whatever; the steps decide how tight it is.
/// </remarks>
internal sealed class SketchRule
{
    /// <summary>Levels of a code; a component in the middle of level n is n - 7.5 steps.</summary>
    public const int Levels = 16;

    /// <summary>A length of 1, of what was left out.</summary>
    public const int RestScale = 127;

    /// <summary>A length of 1, of what rounding took away. It may exceed 1 by the half steps.</summary>
    public const int ErrorScale = 100;

    private const double Middle = (Levels - 1) / 2.0;

    /// <summary>Of a length, much more than the error of computing it.</summary>
    private const double Slack = 1e-9;

    /// <summary>The step that loses least of a normal distribution, in its standard deviations.</summary>
    private const double BestStep = 0.335;

    private readonly double[] _steps;

    /// <param name="spread">The usual standard deviation of each component that is coded, of templates of length 1; a multiple of four.</param>
    public SketchRule(int dimensions, ReadOnlySpan<float> spread)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(spread.Length, 4);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(spread.Length, Math.Min(dimensions, 64));
        ArgumentOutOfRangeException.ThrowIfNotEqual(spread.Length % 4, 0);
        Dimensions = dimensions;
        _steps = new double[spread.Length];
        for (var i = 0; i < _steps.Length; i++)
            _steps[i] = BestStep * Math.Max(spread[i], 1e-3);
    }

    public int Dimensions { get; }

    /// <summary>How many components are coded.</summary>
    public int Coded => _steps.Length;

    /// <summary>Bytes of a sketch: two codes in each, and the two lengths.</summary>
    public int Bytes => Coded / 2 + 2;

    /// <summary>In units of a template of length 1.</summary>
    public ReadOnlySpan<double> Steps => _steps;

    /// <summary>Writes the sketch: bytes of two codes each, the length left out, the length of the error.</summary>
    /// <remarks>Four components a, b, c, d make the bytes a + 16c and b + 16d.</remarks>
    public SketchFacts Sketch(ReadOnlySpan<sbyte> template, Span<byte> sketch)
    {
        var squares = SquaredLength(template);
        if (squares == 0)
        {
            sketch.Clear();
            return default;
        }

        var scale = 1 / Math.Sqrt(squares);
        double coded = 0, error = 0, kept = 0;
        sketch.Clear();
        for (var i = 0; i < _steps.Length; i++)
        {
            var x = template[i] * scale;
            var code = (int)Math.Clamp(Math.Floor(x / _steps[i]) + Levels / 2, 0, Levels - 1);
            var rounded = (code - Middle) * _steps[i];
            coded += x * x;
            kept += rounded * rounded;
            error += (x - rounded) * (x - rounded);
            sketch[i / 4 * 2 + (i & 1)] |= (byte)((i & 2) == 0 ? code : code << 4);
        }

        var rest = RoundUp(Math.Sqrt(Math.Max(0, 1 - coded)), RestScale);
        var lost = RoundUp(Math.Sqrt(error), ErrorScale);
        sketch[^2] = (byte)Math.Min(rest, sbyte.MaxValue);
        sketch[^1] = (byte)Math.Min(lost, sbyte.MaxValue);
        // A length of 0 is within reach of everything.
        return lost > sbyte.MaxValue ? default : new SketchFacts(squares, (float)(Math.Sqrt(kept) * (1 + 1e-6)));
    }

    public static int SquaredLength(ReadOnlySpan<sbyte> template)
    {
        var sum = 0;
        foreach (var x in template)
            sum += x * x;
        return sum;
    }

    private static int RoundUp(double length, int scale) => (int)Math.Ceiling(length * scale * (1 + Slack));
}

/// <summary>What a block must know of its sketches together.</summary>
/// <param name="SquaredLength">Of the template; 0 when its sketch says nothing.</param>
/// <param name="Kept">The length of what the codes stand for, of a template of length 1; not less than that.</param>
internal readonly record struct SketchFacts(int SquaredLength, float Kept);
