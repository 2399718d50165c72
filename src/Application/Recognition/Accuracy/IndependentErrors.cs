namespace FaceId.Application.Recognition.Accuracy;

/// <summary>
/// How many independent errors would make a rate as uncertain as it is. Errors of one person come in clusters, so counting them says too
/// much. By Doddington's rule of 30, that many are needed to be within 30 % of the true rate with 90 % confidence.
/// </summary>
internal static class IndependentErrors
{
    public const int Enough = 30;

    /// <param name="rate">The rate measured.</param>
    /// <param name="resampled">The rate at the same threshold in resamples of the people.</param>
    public static double Of(double rate, IReadOnlyCollection<double> resampled)
    {
        if (rate <= 0 || resampled.Any(double.IsNaN))
        {
            return 0;
        }

        var mean = resampled.Average();
        var variance = resampled.Sum(value => (value - mean) * (value - mean)) / Math.Max(1, resampled.Count - 1);

        // A binomial rate from n trials has the variance p (1 - p) / n and stands on n p errors.
        return variance > 0 ? rate * rate * (1 - rate) / variance : rate < 1 ? 0 : double.PositiveInfinity;
    }
}
