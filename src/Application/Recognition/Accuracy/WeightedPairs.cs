namespace FaceId.Application.Recognition.Accuracy;

/// <summary>How much of a weight lies below a distance: known pair by pair near zero, and by bins from there on.</summary>
internal sealed class WeightedPairs
{
    private readonly SortedPairs _nearest;
    private readonly double[] _before;
    private readonly double[] _binsBefore;
    private readonly double _binsPerUnit;

    /// <param name="weights">Of each of the nearest pairs.</param>
    /// <param name="bins">Weight of all pairs in bins of equal width.</param>
    public WeightedPairs(SortedPairs nearest, Func<int, double> weights, ReadOnlySpan<double> bins, double binsPerUnit)
    {
        _nearest = nearest;
        _binsPerUnit = binsPerUnit;
        _before = Sums(nearest.Count, weights);
        var copy = bins.ToArray();
        _binsBefore = Sums(copy.Length, i => copy[i]);
    }

    public double Total => _binsBefore[^1];

    /// <summary>The weight of the pairs that a threshold takes for one person.</summary>
    public double Below(double threshold, double reach)
    {
        if (threshold <= reach)
        {
            return _before[_nearest.Below(threshold)];
        }

        var last = _binsBefore.Length - 1;
        var position = Math.Clamp(threshold * _binsPerUnit, 0, last);
        var bin = Math.Min((int)position, last - 1);
        return _binsBefore[bin] + (position - bin) * (_binsBefore[bin + 1] - _binsBefore[bin]);
    }

    /// <summary>The largest threshold below which no more than this weight lies.</summary>
    public double ThresholdAt(double weight)
    {
        weight *= 1 + 1e-9;
        var allowed = CountUpTo(_before, weight);
        return allowed < _nearest.Count ? _nearest.Distances[allowed] : CountUpTo(_binsBefore, weight) / _binsPerUnit;
    }

    /// <summary>How many of the first items can be taken without their sum exceeding a limit.</summary>
    private static int CountUpTo(double[] sums, double limit)
    {
        var (low, high) = (0, sums.Length - 1);
        while (low < high)
        {
            var middle = low + (high - low + 1) / 2;
            (low, high) = sums[middle] <= limit ? (middle, high) : (low, middle - 1);
        }

        return low;
    }

    private static double[] Sums(int count, Func<int, double> value)
    {
        var sums = new double[count + 1];
        for (var i = 0; i < count; i++)
        {
            sums[i + 1] = sums[i] + value(i);
        }

        return sums;
    }
}
