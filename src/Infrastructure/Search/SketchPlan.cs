using System.Runtime.CompilerServices;

namespace FaceId.Infrastructure.Search;

/// <summary>How one probe is compared with sketches: which components to look at, and what each code of them is worth.</summary>
/// <remarks>
/// <para>
/// Let a and b be two directions, S the components that are looked at, A and B the lengths of the rest of a and b. The cosine of a and b is at
/// most the sum over S of a·b, plus A·B (Cauchy and Schwarz), and for every λ above 0, 2·A·B is at most λA² + B²/λ. A² is 1 less the squares
/// of a over S, so that the cosine is at most λ/2 + B²/2λ plus the sum over S of a·b - λa²/2: one number for each code, whatever S is.
/// </para>
/// <para>
/// With X that sum for the levels that the codes stand for, and E the length of what rounding took away, the true sum is at most
/// X + E·√(b² - 2λX), b² over S. Solved for X, that gives the least X of a template within reach, for each level of E.
/// </para>
/// <para>
/// S, its size and λ may be anything. They are chosen for each probe: components in which the probe is large leave least of it in the rest,
/// and how many are looked at depends on how many strangers would be expected to pass.
/// </para>
/// </remarks>
internal sealed unsafe class SketchPlan
{
    /// <summary>Components are looked at so many at a time.</summary>
    public const int Step = 8;

    /// <summary>What a face costs that the sketches do not rule out, compared with one component of a sketch.</summary>
    private const double TemplateCost = 600;

    /// <summary>What a sum of codes may come to, in whole numbers of 16 bits.</summary>
    private const double LargestSum = 24_000;

    /// <summary>What a length may add to that, so that the sum still fits.</summary>
    private const double LargestStep = 8_000;

    private readonly SketchRule _rule;
    private readonly int _squaredLength;
    private readonly double _weight;
    private readonly double _seen;
    private readonly double _constant;
    private readonly double _unit;

    /// <param name="maximum">The greatest squared distance that is looked for.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public SketchPlan(SketchRule rule, ReadOnlySpan<sbyte> probe, int maximum)
    {
        _rule = rule;
        _squaredLength = SketchRule.SquaredLength(probe);
        Columns = [];
        Worth = [];
        if (_squaredLength == 0)
            return;

        Span<double> direction = stackalloc double[rule.Coded];
        for (var i = 0; i < direction.Length; i++)
            direction[i] = probe[i] / Math.Sqrt(_squaredLength);

        var order = Order(rule, direction);
        var size = Size(rule, direction, order, 1 - maximum / (2.0 * _squaredLength));
        Columns = order[..size];
        (_seen, var rest, var usual) = Shares(rule, direction, Columns);
        _weight = WeightOf(rest, usual);
        _constant = _weight / 2 + rest / (2 * _weight);

        var worth = new double[size * SketchRule.Levels];
        double sum = 0;
        for (var column = 0; column < size; column++)
        {
            double largest = 0;
            for (var code = 0; code < SketchRule.Levels; code++)
            {
                var x = rule.Level[code] * rule.Spread[Columns[column]];
                var value = x * direction[Columns[column]] - _weight * x * x / 2;
                worth[column * SketchRule.Levels + code] = value;
                largest = Math.Max(largest, Math.Abs(value));
            }

            sum += largest;
        }

        _unit = Math.Max(sum, 1e-9) / (LargestSum - size);
        Worth = Array.ConvertAll(worth, value => (short)Math.Ceiling(value / _unit));
    }

    /// <summary>The components to look at, a multiple of <see cref="Step"/>; none when sketches rule out nobody.</summary>
    public int[] Columns { get; }

    /// <summary>What each code of each of these is worth. All sums of them fit into 16 bits.</summary>
    public short[] Worth { get; }

    /// <summary>
    /// What each code of the error and of the length is worth: a face may be within reach when these and what its other codes are worth make
    /// 0 or more.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Threshold(in BlockFacts block, int squaredDistance, Span<short> errors, Span<short> lengths)
    {
        if (block.LeastSquaredLength == 0 || _squaredLength == 0)
        {
            errors.Fill(short.MaxValue);
            lengths.Clear();
            return;
        }

        Span<double> cosines = stackalloc double[SketchRule.Levels];
        var least = double.PositiveInfinity;
        for (var code = 0; code < cosines.Length; code++)
        {
            cosines[code] = LeastCosine(block.Range(code), squaredDistance) - 1e-9;
            least = Math.Min(least, cosines[code]);
        }

        // When the cosine must be greater, X must be greater by that at least, for E weighs the less the greater X is.
        for (var code = 0; code < lengths.Length; code++)
            lengths[code] = (short)-Math.Min(Math.Floor((cosines[code] - least) / _unit), LargestStep);
        for (var level = 0; level < errors.Length; level++)
        {
            var sum = Least(least - _constant, _weight, _seen, _rule.Error[level]);
            errors[level] = (short)Math.Clamp(-Math.Floor(sum / _unit - 0.01), short.MinValue, short.MaxValue);
        }
    }

    // (n + (m² - d²) / n) / 2m, the least over all lengths n.
    private double LeastCosine((double Shortest, double Longest) range, int squaredDistance)
    {
        var excess = (double)_squaredLength - squaredDistance;
        var length = excess > 0 ? Math.Clamp(Math.Sqrt(excess), range.Shortest, range.Longest) : range.Shortest;
        return (length + excess / length) / (2 * Math.Sqrt(_squaredLength));
    }

    // The least X for which X + error * sqrt(seen - 2 weight X) can reach a sum. With u for the root: u² - 2 weight error u + 2 weight sum - seen <= 0.
    private static double Least(double sum, double weight, double seen, double error)
    {
        var square = weight * weight * error * error - 2 * weight * sum + seen;
        if (square < 0)
            return double.PositiveInfinity;
        var root = weight * error + Math.Sqrt(square);
        return (seen - root * root) / (2 * weight);
    }

    // Components by what they take from the rest of the probe, and from what is usual.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int[] Order(SketchRule rule, ReadOnlySpan<double> direction)
    {
        const int typical = 64;
        var order = new int[direction.Length];
        var score = new double[direction.Length];
        double rest = 1, usual = 1;
        for (var round = 0; round < 3; round++)
        {
            for (var i = 0; i < order.Length; i++)
            {
                order[i] = i;
                score[i] = -(direction[i] * direction[i] / rest + rule.Spread[i] * rule.Spread[i] / usual);
            }

            Array.Sort(score, order);
            (_, rest, usual) = Shares(rule, direction, order.AsSpan(0, Math.Min(typical, order.Length)));
            rest = Math.Max(rest, 1e-3);
            usual = Math.Max(usual, 1e-3);
        }

        return order;
    }

    // How many components cost least together with the strangers that are expected to pass.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Size(SketchRule rule, ReadOnlySpan<double> direction, int[] order, double cosine)
    {
        var best = 0;
        var least = TemplateCost;
        double seen = 0, squares = 0, products = 0, fourth = 0;
        for (var size = 1; size <= order.Length; size++)
        {
            var b = direction[order[size - 1]] * direction[order[size - 1]];
            var s = rule.Spread[order[size - 1]] * rule.Spread[order[size - 1]];
            seen += b;
            squares += s;
            products += b * s;
            fourth += s * s;
            if (size % Step != 0)
                continue;
            var rest = Math.Max(0, 1 - seen);
            var weight = WeightOf(rest, Math.Max(0, 1 - squares));
            var needed = Least(cosine - weight / 2 - rest / (2 * weight), weight, seen, rule.Error[6]);
            var deviations = (needed + weight / 2 * squares) / Math.Sqrt(products + weight * weight / 2 * fourth + 1e-12);
            var cost = size + TemplateCost * Above(deviations);
            if (cost < least)
            {
                least = cost;
                best = size;
            }
        }

        return best;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (double Seen, double Left, double Usual) Shares(SketchRule rule, ReadOnlySpan<double> direction, ReadOnlySpan<int> columns)
    {
        double seen = 0, usual = 1;
        foreach (var column in columns)
        {
            seen += direction[column] * direction[column];
            usual -= rule.Spread[column] * rule.Spread[column];
        }

        return (seen, Math.Max(0, 1 - seen), Math.Max(0, usual));
    }

    private static double WeightOf(double rest, double usual) => Math.Max(Math.Sqrt(rest / Math.Max(usual, 1e-2)), 1e-2);

    // The share of a normal distribution above so many standard deviations: a logistic curve is near enough to choose by.
    private static double Above(double deviations) => 1 / (1 + Math.Exp(1.5976 * deviations + 0.070566 * deviations * deviations * deviations));
}
