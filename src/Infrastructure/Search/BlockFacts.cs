namespace FaceId.Infrastructure.Search;

/// <summary>How long the templates of a block are: the extremes, which only ever widen, and the ranges between them.</summary>
/// <remarks>A hundredth of the first template's length is one range; what is shorter or longer than all of them is in the first or the last.</remarks>
internal struct BlockFacts
{
    private const double First = 0.93;
    private const double Step = 0.01;

    private double _typical;

    public BlockFacts()
    {
    }

    /// <summary>0 when a sketch of the block says nothing.</summary>
    public int LeastSquaredLength { get; private set; } = int.MaxValue;

    public int GreatestSquaredLength { get; private set; }

    /// <summary>Makes room for one more length.</summary>
    /// <returns>Its code.</returns>
    public int Widen(int squaredLength)
    {
        if (_typical == 0)
            _typical = Math.Sqrt(Math.Max(1, squaredLength));
        LeastSquaredLength = Math.Min(LeastSquaredLength, squaredLength);
        GreatestSquaredLength = Math.Max(GreatestSquaredLength, squaredLength);
        var code = (int)Math.Clamp(Math.Ceiling((Math.Sqrt(squaredLength) / _typical - First) / Step), 0, SketchRule.Levels - 1);
        // Where a range ends is computed in one way only, so that rounding cannot put a length outside of its range.
        while (code > 0 && Math.Sqrt(squaredLength) < Start(code))
            code--;
        while (code < SketchRule.Levels - 1 && Math.Sqrt(squaredLength) > Start(code + 1))
            code++;
        return code;
    }

    /// <summary>Lengths of that code, from and to. The extremes say nothing of codes that no face has.</summary>
    public readonly (double Shortest, double Longest) Range(int code)
    {
        var least = Math.Sqrt(LeastSquaredLength);
        var greatest = Math.Sqrt(GreatestSquaredLength);
        var shortest = code == 0 ? least : Math.Clamp(Start(code), least, greatest);
        return (shortest, code == SketchRule.Levels - 1 ? greatest : Math.Clamp(Start(code + 1), shortest, greatest));
    }

    private readonly double Start(int code) => _typical * (First + Step * (code - 1));
}
