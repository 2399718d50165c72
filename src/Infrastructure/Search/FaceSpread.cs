namespace FaceId.Infrastructure.Search;

/// <summary>How far the components of templates of real faces vary.</summary>
internal static class FaceSpread
{
    /// <summary>Standard deviations of all components of templates of length 1.</summary>
    public static float[] Usual(int dimensions)
    {
        var spread = new float[dimensions];
        double squares = 0;
        for (var i = 0; i < dimensions; i++)
            squares += Math.Pow(1 + 16.0 * i / dimensions, -1);
        for (var i = 0; i < dimensions; i++)
            spread[i] = (float)Math.Sqrt(Math.Pow(1 + 16.0 * i / dimensions, -1) / squares);
        return spread;
    }
}
