namespace FaceId.Application.Recognition.Accuracy;

/// <summary>Pairs of samples, the nearest first, and of equally near ones the one of the first samples.</summary>
internal sealed class SortedPairs
{
    private readonly long[] _pairs;

    /// <param name="distances">Taken over and put in order, with the pairs.</param>
    /// <param name="pairs">Of each distance the two samples' indices, as <see cref="Pack"/> puts them together.</param>
    public SortedPairs(float[] distances, long[] pairs)
    {
        Array.Sort(distances, pairs);
        for (var (start, end) = (0, 0); start < distances.Length; start = end)
        {
            for (end = start + 1; end < distances.Length && distances[end] == distances[start]; end++)
            {
            }

            Array.Sort(pairs, start, end - start);
        }

        Distances = distances;
        _pairs = pairs;
    }

    public float[] Distances { get; }

    public int Count => Distances.Length;

    public static long Pack(int first, int second) => ((long)first << 32) | (uint)second;

    public int First(int index) => (int)(_pairs[index] >> 32);

    public int Second(int index) => (int)_pairs[index];

    /// <summary>How many pairs this threshold takes for one person.</summary>
    public int Below(double threshold)
    {
        var (low, high) = (0, Count);
        while (low < high)
        {
            var middle = low + (high - low) / 2;
            (low, high) = Distances[middle] < threshold ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}
