using System.Globalization;
using System.Text.Json;

namespace FaceId.Benchmarks;

/// <summary>People who do not exist, and their photos, drawn at random from what is known of real ones.</summary>
/// <remarks>
/// SearchStatistics.json holds, for each component of the templates of a folder of real photos, the variance between people and that between
/// photos of one person, and how long templates are. Components are drawn independently from normal distributions with these variances, and
/// the template is brought to such a length: nothing of a single real person is in it.
/// </remarks>
internal sealed class SearchGallery
{
    private const string FileName = "SearchStatistics.json";

    private readonly double[] _between;
    private readonly double[] _within;
    private readonly double _lengthDeviation;
    private readonly Random _random;

    private SearchGallery(Statistics statistics, int seed)
    {
        _between = Array.ConvertAll(statistics.Between, Math.Sqrt);
        _within = Array.ConvertAll(statistics.Within, Math.Sqrt);
        Length = statistics.Length;
        _lengthDeviation = statistics.LengthDeviation;
        _random = new Random(seed);
    }

    /// <summary>How long a template usually is, in units of a component.</summary>
    public double Length { get; }

    public int Dimensions => _between.Length;

    /// <summary>Like the photos that the statistics were made from.</summary>
    public static SearchGallery Measured(int seed)
    {
        var file = Path.Combine(AppContext.BaseDirectory, FileName);
        return new SearchGallery(JsonSerializer.Deserialize<Statistics>(File.ReadAllText(file), JsonSerializerOptions.Web)!, seed);
    }

    /// <summary>All directions alike: people as far from one another as can be, for which no component says more than another.</summary>
    public static SearchGallery Random(int dimensions, int seed)
    {
        var even = new double[dimensions];
        Array.Fill(even, 1.0);
        return new SearchGallery(new Statistics(256, 0, even, Array.ConvertAll(even, x => x / 2)), seed);
    }

    /// <summary>The statistics of templates, as JSON.</summary>
    /// <param name="templates">Rows of signed bytes.</param>
    /// <param name="people">For each row a number that is the same for all photos of a person.</param>
    public static string Measure(ReadOnlySpan<sbyte> templates, int[] people)
    {
        var dimensions = templates.Length / people.Length;
        var photos = people.CountBy(person => person).ToDictionary();
        var means = photos.Keys.ToDictionary(person => person, _ => new double[dimensions]);
        var mean = new double[dimensions];
        var lengths = new double[people.Length];
        for (var row = 0; row < people.Length; row++)
        {
            for (var i = 0; i < dimensions; i++)
            {
                var x = (double)templates[row * dimensions + i];
                means[people[row]][i] += x / photos[people[row]];
                mean[i] += x / people.Length;
                lengths[row] += x * x;
            }

            lengths[row] = Math.Sqrt(lengths[row]);
        }

        // Every person with several photos counts once.
        var several = photos.Values.Count(count => count > 1);
        var between = new double[dimensions];
        var within = new double[dimensions];
        for (var row = 0; row < people.Length; row++)
        {
            for (var i = 0; i < dimensions; i++)
            {
                var x = (double)templates[row * dimensions + i];
                between[i] += (x - mean[i]) * (x - mean[i]) / people.Length;
                if (photos[people[row]] > 1)
                    within[i] += Math.Pow(x - means[people[row]][i], 2) / (photos[people[row]] - 1) / several;
            }
        }

        for (var i = 0; i < dimensions; i++)
            between[i] = Rounded(Math.Max(between[i] - within[i], 0.01));
        var length = lengths.Average();
        var deviation = Math.Sqrt(lengths.Average(x => (x - length) * (x - length)));
        return JsonSerializer.Serialize(
            new Statistics(Rounded(length), Rounded(deviation), between, Array.ConvertAll(within, Rounded)), JsonSerializerOptions.Web);
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

        var scale = (Length + _lengthDeviation * Normal()) / Math.Sqrt(squares);
        for (var i = 0; i < photo.Length; i++)
            template[i] = (sbyte)Math.Clamp(Math.Round(photo[i] * scale), sbyte.MinValue, sbyte.MaxValue);
    }

    private double Normal() => Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());

    private static double Rounded(double value) => double.Parse(value.ToString("g4", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    // Lengths and variances in units of a component.
    private sealed record Statistics(double Length, double LengthDeviation, double[] Between, double[] Within);
}
