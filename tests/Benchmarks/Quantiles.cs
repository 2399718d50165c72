namespace FaceId.Benchmarks;

/// <summary>Of a list of times, the one that this share of them does not exceed.</summary>
internal static class Quantiles
{
    public static double Quantile(this IEnumerable<double> values, double share)
    {
        var sorted = values.Order().ToArray();
        return sorted[(int)Math.Min(sorted.Length - 1, Math.Floor(share * sorted.Length))];
    }
}
