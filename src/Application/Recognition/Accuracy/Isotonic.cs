namespace FaceId.Application.Recognition.Accuracy;

/// <summary>The nearest sequence that never rises, by pooling neighbours that do (pool adjacent violators).</summary>
internal static class Isotonic
{
    /// <param name="weights">Above 0, one for each value.</param>
    public static double[] Falling(ReadOnlySpan<double> values, ReadOnlySpan<double> weights)
    {
        var pools = new List<(double Mean, double Weight, int Count)>();
        for (var i = 0; i < values.Length; i++)
        {
            var pool = (Mean: values[i], Weight: weights[i], Count: 1);
            while (pools.Count > 0 && pools[^1].Mean < pool.Mean)
            {
                var before = pools[^1];
                pools.RemoveAt(pools.Count - 1);
                var weight = before.Weight + pool.Weight;
                pool = ((before.Mean * before.Weight + pool.Mean * pool.Weight) / weight, weight, before.Count + pool.Count);
            }

            pools.Add(pool);
        }

        return [.. pools.SelectMany(pool => Enumerable.Repeat(pool.Mean, pool.Count))];
    }
}
