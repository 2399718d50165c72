using System.Text.Json;

namespace FaceId.Benchmarks;

/// <summary>People who do not exist, and their photos, drawn at random from what is known of real ones.</summary>
/// <remarks>
/// SearchStatistics.json holds, for each component of the templates of a folder of real photos, the variance between people and that between
/// photos of one person. Components are drawn independently from normal distributions with these variances, and the template is brought to
/// length 1: no template of a real person is in it.
/// </remarks>
internal sealed class SearchGallery
{
    private readonly double[] _between;
    private readonly double[] _within;
    private readonly Random _random;

    private SearchGallery(double[] between, double[] within, int seed)
    {
        _between = Array.ConvertAll(between, Math.Sqrt);
        _within = Array.ConvertAll(within, Math.Sqrt);
        _random = new Random(seed);
    }

    public int Dimensions => _between.Length;

    /// <summary>Like the photos that the statistics were made from.</summary>
    public static SearchGallery Measured(int seed)
    {
        var file = Path.Combine(AppContext.BaseDirectory, "SearchStatistics.json");
        var statistics = JsonSerializer.Deserialize<Statistics>(File.ReadAllText(file), JsonSerializerOptions.Web)!;
        return new SearchGallery(statistics.Between, statistics.Within, seed);
    }

    /// <summary>All directions alike: people as far from one another as can be, for which no component says more than another.</summary>
    public static SearchGallery Random(int dimensions, int seed)
    {
        var even = new double[dimensions];
        Array.Fill(even, 1.0 / dimensions);
        return new SearchGallery(even, Array.ConvertAll(even, x => x / 2), seed);
    }

    /// <summary>The standard deviation of each component of a template.</summary>
    public float[] Spread()
    {
        var sum = 0.0;
        for (var i = 0; i < Dimensions; i++)
            sum += _between[i] * _between[i] + _within[i] * _within[i];
        return [.. Enumerable.Range(0, Dimensions).Select(i => (float)Math.Sqrt((_between[i] * _between[i] + _within[i] * _within[i]) / sum))];
    }

    /// <summary>A person: what is common to all photos.</summary>
    public double[] Person()
    {
        var person = new double[Dimensions];
        for (var i = 0; i < Dimensions; i++)
            person[i] = _between[i] * Normal();
        return person;
    }

    /// <summary>The template of a photo of somebody.</summary>
    public void Photo(double[] person, Span<sbyte> template)
    {
        Span<double> photo = stackalloc double[Dimensions];
        double squares = 0;
        for (var i = 0; i < photo.Length; i++)
        {
            photo[i] = person[i] + _within[i] * Normal();
            squares += photo[i] * photo[i];
        }

        var scale = 256 / Math.Sqrt(squares);
        for (var i = 0; i < photo.Length; i++)
            template[i] = (sbyte)Math.Clamp(Math.Round(photo[i] * scale), sbyte.MinValue, sbyte.MaxValue);
    }

    private double Normal() => Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());

    private sealed record Statistics(double[] Between, double[] Within);
}
