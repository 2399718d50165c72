namespace FaceId.Infrastructure.Search;

/// <summary>A template that is looked for, made ready to be compared with sketches.</summary>
/// <remarks>
/// The cosine of two directions a and b is the product of a's codes with b, and what rounding took from a times the coded part of b, and
/// the product of the rests; the last two are at most the products of their lengths (Cauchy and Schwarz). The least cosine that a template
/// within reach can have follows from the lengths of both. So a face is out of reach when a weighted sum of its codes and its two lengths
/// stays below a threshold. The weights are whole numbers of 8 bits; what their rounding may hide goes into the threshold, with the extremes
/// of the block. Sums stay within 16 bits whatever the order they are made in.
/// </remarks>
internal readonly unsafe struct SketchedProbe
{
    /// <summary>What a sum may come to, less than 32,767 by all that rounding of up to 64 weights adds.</summary>
    private const double LargestSum = 31_900;

    private const double LargestWeight = 126;

    private readonly double _unit;
    private readonly double _constant;
    private readonly double _weightError;
    private readonly double _restWeightError;
    private readonly double _errorWeightError;
    private readonly int _squaredLength;

    private SketchedProbe(
        double unit, double constant, double weightError, double restWeightError, double errorWeightError, int squaredLength)
    {
        _unit = unit;
        _constant = constant;
        _weightError = weightError;
        _restWeightError = restWeightError;
        _errorWeightError = errorWeightError;
        _squaredLength = squaredLength;
    }

    /// <summary>How many weights there are, each of 32 bits.</summary>
    public static int WeightCount(SketchRule rule) => rule.Coded / 2 + 1;

    /// <param name="weights">Receives the weights as <see cref="ISearchKernel"/> takes them.</param>
    public static SketchedProbe Create(SketchRule rule, ReadOnlySpan<sbyte> template, uint* weights)
    {
        var bytes = (sbyte*)weights;
        new Span<uint>(weights, WeightCount(rule)).Clear();
        var squares = SketchRule.SquaredLength(template);
        if (squares == 0)
            return new SketchedProbe(1, 0, 0, 0, 0, 0);

        var steps = rule.Steps;
        var scale = 1 / Math.Sqrt(squares);
        double coded = 0, sum = 0, largest = 0;
        for (var i = 0; i < steps.Length; i++)
        {
            var x = template[i] * scale;
            var weight = Math.Abs(x * steps[i]);
            coded += x * x;
            sum += weight;
            largest = Math.Max(largest, weight);
        }

        var rest = Math.Sqrt(Math.Max(0, 1 - coded)) / SketchRule.RestScale;
        var lost = Math.Sqrt(coded) / SketchRule.ErrorScale;
        var unit = Math.Max(Math.Max(largest, Math.Max(rest, lost)) / LargestWeight,
            (sum * (SketchRule.Levels - 1) + (rest + lost) * sbyte.MaxValue) / LargestSum);

        double total = 0, error = 0;
        for (var i = 0; i < steps.Length; i++)
        {
            var x = template[i] * scale;
            var weight = Math.Round(x * steps[i] / unit);
            var difference = x - weight * unit / steps[i];
            error += difference * difference;
            total += weight;
            Set(bytes, i, (sbyte)weight);
        }

        var restWeight = Math.Round(rest / unit);
        var lostWeight = Math.Round(lost / unit);
        var last = bytes + steps.Length * 2;
        last[0] = last[2] = (sbyte)restWeight;
        last[1] = last[3] = (sbyte)lostWeight;
        return new SketchedProbe(
            unit, total * ((SketchRule.Levels - 1) / 2.0), Math.Sqrt(error) / unit, rest / unit - restWeight, lost / unit - lostWeight, squares);
    }

    /// <summary>The least sum of a face of that block which may be within reach; more than 16 bits hold when there can be none.</summary>
    public int Threshold(in BlockFacts block, int squaredDistance)
    {
        if (block.LeastSquaredLength == 0 || _squaredLength == 0)
            return short.MinValue + 1;

        // The least cosine: (n + (m² - d²) / n) / 2m, over all lengths n of the block.
        var excess = (double)_squaredLength - squaredDistance;
        var shortest = Math.Sqrt(block.LeastSquaredLength);
        var longest = Math.Sqrt(block.GreatestSquaredLength);
        var length = excess > 0 ? Math.Clamp(Math.Sqrt(excess), shortest, longest) : shortest;
        var cosine = (length + excess / length) / (2 * Math.Sqrt(_squaredLength));

        var sum = cosine / _unit + _constant - block.MostKept * _weightError
            - Math.Max(_restWeightError * block.LeastRest, _restWeightError * block.GreatestRest)
            - Math.Max(_errorWeightError * block.LeastError, _errorWeightError * block.GreatestError);
        return (int)Math.Clamp(Math.Floor(sum - 0.01), short.MinValue + 1, short.MaxValue + 1);
    }

    // Where the kernels expect the weight of component i, twice.
    private static void Set(sbyte* weights, int i, sbyte weight)
    {
        var pair = weights + (i / 4 * 2 + (i >> 1 & 1)) * sizeof(uint) + (i & 1);
        pair[0] = pair[2] = weight;
    }
}

/// <summary>The extremes of the sketches of a block. They only ever widen, before the face that widens them can be seen.</summary>
internal struct BlockFacts
{
    public int LeastSquaredLength;
    public int GreatestSquaredLength;
    public float MostKept;
    public byte LeastRest;
    public byte GreatestRest;
    public byte LeastError;
    public byte GreatestError;
}
