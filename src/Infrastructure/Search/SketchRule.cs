namespace FaceId.Infrastructure.Search;

/// <summary>How a template becomes a sketch: a few codes from which a lower bound of its distance to any other follows.</summary>
/// <remarks>
/// Of the template's direction (the template divided by its length), each of the first components is rounded to one of sixteen levels, in
/// proportion to how far that component usually varies. Beside them is kept the length of all that rounding took away, rounded up to one of
/// sixteen levels too, and how long the template is, within one of sixteen ranges. These make the bound hold for any template whatever; the levels decide how tight it is.
/// </remarks>
internal sealed class SketchRule
{
    public const int Levels = 16;

    /// <summary>More than any rounding takes away.</summary>
    private const double GreatestError = 2;

    /// <summary>Of a length, much more than the error of computing it.</summary>
    private const double Slack = 1e-9;

    /// <summary>What components beyond these would add to the bound is less than what they take of memory.</summary>
    private const int MostCoded = 136;

    /// <summary>The sixteen levels that take least from a normal distribution (Lloyd and Max), the upper eight.</summary>
    private static readonly double[] UpperLevels = [0.1284, 0.3881, 0.6568, 0.9424, 1.2562, 1.6181, 2.0690, 2.7326];

    /// <summary>What these levels take from a normal distribution, as a root mean square.</summary>
    private const double UsualError = 0.0975;

    private readonly double[] _spread;
    private readonly double[] _levels = new double[Levels];
    private readonly double[] _errors = new double[Levels];

    /// <param name="spread">The usual standard deviation of each component of templates of length 1.</param>
    public SketchRule(ReadOnlySpan<float> spread)
    {
        Dimensions = spread.Length;
        Coded = Math.Min(Dimensions, MostCoded);
        _spread = new double[Dimensions];
        double squares = 0;
        for (var i = 0; i < Dimensions; i++)
        {
            if (!(spread[i] >= 0 && spread[i] <= 1))
                throw new ArgumentException("A component of a template of length 1 varies by 0 to 1.", nameof(spread));
            _spread[i] = Math.Max(spread[i], 1e-3);
            squares += i < Coded ? _spread[i] * _spread[i] : 0;
        }

        for (var i = 0; i < Levels / 2; i++)
        {
            _levels[Levels / 2 + i] = UpperLevels[i];
            _levels[Levels / 2 - 1 - i] = -UpperLevels[i];
        }

        for (var i = 0; i < Levels - 1; i++)
            _errors[i] = UsualError * Math.Sqrt(squares) * (0.7 + 0.05 * i);
        _errors[^1] = GreatestError;
    }

    public int Dimensions { get; }

    /// <summary>How many components are coded. The codes of the error and of the length follow theirs.</summary>
    public int Coded { get; }

    public int Codes => Coded + 2;

    /// <summary>The usual standard deviation of each component.</summary>
    public ReadOnlySpan<double> Spread => _spread;

    /// <summary>What a code stands for, in standard deviations.</summary>
    public ReadOnlySpan<double> Level => _levels;

    /// <summary>What a code of the error stands for: no more than this was taken away.</summary>
    public ReadOnlySpan<double> Error => _errors;

    /// <summary>Writes one code to each byte, all but that of the length, which depends on the block.</summary>
    /// <returns>The template's squared length; 0 when its sketch says nothing.</returns>
    public int Sketch(ReadOnlySpan<sbyte> template, Span<byte> codes)
    {
        var squares = SquaredLength(template);
        if (squares == 0)
        {
            codes.Clear();
            return 0;
        }

        var scale = 1 / Math.Sqrt(squares);
        double error = 0;
        for (var i = 0; i < Coded; i++)
        {
            var x = template[i] * scale;
            var code = Nearest(x / _spread[i]);
            var difference = x - _levels[code] * _spread[i];
            error += difference * difference;
            codes[i] = (byte)code;
        }

        error = Math.Sqrt(error) * (1 + Slack);
        var level = 0;
        while (level < Levels && _errors[level] < error)
            level++;
        codes[Coded] = (byte)Math.Min(level, Levels - 1);
        return level == Levels ? 0 : squares;
    }

    public static int SquaredLength(ReadOnlySpan<sbyte> template)
    {
        var sum = 0;
        foreach (var x in template)
            sum += x * x;
        return sum;
    }

    private static int Nearest(double x)
    {
        var size = Math.Abs(x);
        var level = 0;
        while (level < UpperLevels.Length - 1 && size > (UpperLevels[level] + UpperLevels[level + 1]) / 2)
            level++;
        return x < 0 ? Levels / 2 - 1 - level : Levels / 2 + level;
    }
}
