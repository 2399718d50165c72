using System.Text.Json;

namespace FaceId.Tests;

/// <summary>What dlib itself made of its sample photos, and vectors of nobody that look like them.</summary>
internal static class Descriptors
{
    private const int Length = 128;

    /// <summary>How far a vector of nobody is from the real one it was made from: farther than two people are.</summary>
    private const double Distance = 0.9;

    private static readonly Lazy<IReadOnlyList<float[]>> Read = new(() =>
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Repository(), "tests/reference/goldens/johns.json")));
        return [.. document.RootElement.EnumerateArray().Select(photo =>
            photo.GetProperty("photoAsChipDescriptor").EnumerateArray().Select(number => number.GetSingle()).ToArray())];
    });

    public static IReadOnlyList<float[]> All => Read.Value;

    /// <summary>Somebody who does not exist; the same for the same number.</summary>
    public static float[] Nobody(int seed)
    {
        var real = All[seed % All.Count];
        var length = Norm(real);
        var random = new Random(seed);
        var numbers = new double[Length];
        for (var i = 0; i < Length; i++)
        {
            numbers[i] = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        }

        var scale = Distance / Math.Sqrt(numbers.Sum(x => x * x));
        var moved = new float[Length];
        for (var i = 0; i < Length; i++)
        {
            moved[i] = (float)(real[i] + numbers[i] * scale);
        }

        var back = length / Norm(moved);
        return Array.ConvertAll(moved, x => (float)(x * back));
    }

    public static double Norm(float[] numbers) => Math.Sqrt(numbers.Sum(x => (double)x * x));

    private static string Repository()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "FaceId.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("The tests run inside the repository.");
        }

        return folder;
    }
}
