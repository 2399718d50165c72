namespace FaceId.Application.Recognition.Accuracy;

/// <summary>
/// How the share of strangers falls below a distance at which it is still well measured: a generalised Pareto distribution of the
/// depth below it, which is what the extremes of any smooth distribution come close to (Pickands, Balkema, de Haan).
/// </summary>
/// <param name="Start">The distance where the tail starts.</param>
/// <param name="Share">Share of strangers below it.</param>
/// <param name="Shape">0 falls like an exponential; below 0 the tail ends somewhere, above 0 it is heavier.</param>
internal sealed record ParetoTail(double Start, double Share, double Scale, double Shape)
{
    /// <summary>Beyond these a handful of pairs would decide the shape.</summary>
    private const double LargestShape = 0.25;

    /// <summary>Fits by weighted probability moments (Hosking and Wallis, 1987).</summary>
    /// <param name="distances">Rising, all below <paramref name="start"/>; those at its own distance add nothing.</param>
    /// <param name="weights">One for each.</param>
    /// <param name="share">The share that all of them are together.</param>
    /// <returns>Null when there is nothing to fit.</returns>
    public static ParetoTail? Fit(double start, double share, ReadOnlySpan<float> distances, ReadOnlySpan<double> weights)
    {
        var total = 0.0;
        foreach (var weight in weights)
        {
            total += weight;
        }

        // The largest depth comes first, so that what is before a pair is the share that lies deeper.
        var (mean, moment, before) = (0.0, 0.0, 0.0);
        for (var i = 0; i < distances.Length; i++)
        {
            var depth = start - distances[i];
            mean += weights[i] * depth;
            moment += weights[i] * depth * (before + weights[i] / 2) / total;
            before += weights[i];
        }

        (mean, moment) = (mean / total, moment / total);
        if (!(mean > 0) || !(mean > 2 * moment))
        {
            return null;
        }

        var shape = Math.Clamp(2 - mean / (mean - 2 * moment), -LargestShape, LargestShape);

        // The mean is kept when the shape is not.
        return new ParetoTail(start, share, mean * (1 - shape), shape);
    }

    /// <summary>Share of strangers below a distance that is not above the start.</summary>
    public double RateAt(double distance)
    {
        var depth = (Start - distance) / Scale;
        if (Math.Abs(Shape) < 1e-9)
        {
            return Share * Math.Exp(-depth);
        }

        var power = 1 + Shape * depth;
        return power <= 0 ? 0 : Share * Math.Pow(power, -1 / Shape);
    }
}
