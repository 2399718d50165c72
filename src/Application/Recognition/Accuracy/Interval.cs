namespace FaceId.Application.Recognition.Accuracy;

/// <summary>Where a figure lies 19 times out of 20.</summary>
public readonly record struct Interval(double Low, double High)
{
    private const double Tail = 0.025;

    /// <summary>The middle 95 % of what resamples gave; null when too many of them gave nothing.</summary>
    public static Interval? Of(IEnumerable<double> resampled)
    {
        var all = resampled.ToArray();
        var values = Array.FindAll(all, value => !double.IsNaN(value));
        if (values.Length == 0 || values.Length < 0.95 * all.Length)
        {
            return null;
        }

        Array.Sort(values);
        return new Interval(Quantile(values, Tail), Quantile(values, 1 - Tail));
    }

    private static double Quantile(double[] sorted, double share)
    {
        var position = share * (sorted.Length - 1);
        var index = (int)position;
        return index + 1 == sorted.Length ? sorted[^1] : sorted[index] + (position - index) * (sorted[index + 1] - sorted[index]);
    }
}
