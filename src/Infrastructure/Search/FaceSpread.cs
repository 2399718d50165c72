namespace FaceId.Infrastructure.Search;

/// <summary>How far the components of templates of faces vary, when nothing else is known.</summary>
internal static class FaceSpread
{
    /// <summary>The variance of the first component, in variances of the last.</summary>
    private const double Ratio = 17;

    /// <summary>Standard deviations of all components of templates of length 1.</summary>
    /// <remarks>
    /// Variances fall like 1 / (1 + 16 i / n). Of 128 components of real templates the first 8, 16, 32, 64 and 96 had 21, 35, 55, 79 and 92 % of
    /// the variance; by this formula it is 25, 39, 57, 78 and 91 %.
    /// </remarks>
    public static float[] Usual(int dimensions)
    {
        var variances = Enumerable.Range(0, dimensions).Select(i => 1 / (1 + (Ratio - 1) * i / dimensions)).ToArray();
        var sum = variances.Sum();
        return Array.ConvertAll(variances, variance => (float)Math.Sqrt(variance / sum));
    }
}
