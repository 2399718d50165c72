using FaceId.Infrastructure.Search;

namespace FaceId.UnitTests.Search;

/// <summary>Templates made at random, and the search that compares every one of them, number by number.</summary>
internal sealed class Gallery(int dimensions, int seed)
{
    private readonly Random _random = new(seed);
    private readonly Dictionary<int, (int User, sbyte[] Template)> _faces = [];

    public int Dimensions => dimensions;

    public IReadOnlyDictionary<int, (int User, sbyte[] Template)> Faces => _faces;

    /// <summary>A direction at random whose components vary less and less; not at all less when flat.</summary>
    public sbyte[] Somebody(bool flat = false, double length = FaceIndex.Unit)
    {
        var vector = new double[dimensions];
        for (var i = 0; i < dimensions; i++)
            vector[i] = Normal() * (flat ? 1 : Math.Pow(1 + i, -0.5));
        return Rounded(vector, length);
    }

    /// <summary>Another photo of somebody.</summary>
    public sbyte[] Like(sbyte[] template, double difference)
    {
        var vector = new double[dimensions];
        for (var i = 0; i < dimensions; i++)
            vector[i] = template[i] + Normal() * difference * FaceIndex.Unit / Math.Sqrt(dimensions);
        return Rounded(vector, FaceIndex.Unit);
    }

    /// <summary>Any bytes at all.</summary>
    public sbyte[] Anything() => [.. Enumerable.Range(0, dimensions).Select(_ => (sbyte)_random.Next(sbyte.MinValue, sbyte.MaxValue + 1))];

    public int Next(int below) => _random.Next(below);

    public void Add(FaceIndex index, int face, int user, sbyte[] template)
    {
        index.Add(face, user, template);
        _faces[face] = (user, template);
    }

    public void Remove(FaceIndex index, int face)
    {
        Assert.That(index.Remove(face), Is.EqualTo(_faces.Remove(face)));
    }

    public void RemoveUser(FaceIndex index, int user)
    {
        var faces = _faces.Where(face => face.Value.User == user).Select(face => face.Key).ToList();
        Assert.That(index.RemoveUser(user), Is.EqualTo(faces.Count));
        faces.ForEach(face => _faces.Remove(face));
    }

    public FaceMatch[] Nearest(sbyte[] probe, int limit, int maximum) =>
    [
        .. _faces.Select(face => new FaceMatch(face.Key, face.Value.User, SquaredDistance(probe, face.Value.Template)))
            .Where(match => match.SquaredDistance <= maximum)
            .OrderBy(match => match.SquaredDistance).ThenBy(match => match.FaceId)
            .DistinctBy(match => match.UserId)
            .Take(limit),
    ];

    public static int SquaredDistance(sbyte[] a, sbyte[] b) => a.Zip(b, (x, y) => (x - y) * (x - y)).Sum();

    private double Normal() => Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());

    private static sbyte[] Rounded(double[] vector, double length)
    {
        var scale = length / Math.Sqrt(vector.Sum(x => x * x));
        return Array.ConvertAll(vector, x => (sbyte)Math.Clamp(Math.Round(x * scale), sbyte.MinValue, sbyte.MaxValue));
    }
}
