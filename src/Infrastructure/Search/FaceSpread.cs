namespace FaceId.Infrastructure.Search;

/// <summary>How far the components of templates of real faces vary.</summary>
internal static class FaceSpread
{
    /// <summary>Standard deviations of the first components of templates of length 1.</summary>
    public static float[] Usual { get; } = [.. Enumerable.Range(0, 32).Select(i => 0.2f / MathF.Sqrt(1 + i * 0.25f))];
}
