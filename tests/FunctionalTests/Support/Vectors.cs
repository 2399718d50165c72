using System.Runtime.InteropServices;
using System.Text.Json;

namespace FaceId.FunctionalTests.Support;

/// <summary>Numbers as dlib's network gives them: those of a real photo, a little moved for each further person.</summary>
internal static class Vectors
{
    private const float Spread = 0.03f;

    private static readonly Lazy<float[]> Real = new(() =>
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Photos.Repository, "tests/reference/goldens/johns.json")));
        return [.. document.RootElement[0].GetProperty("photoAsChipDescriptor").EnumerateArray().Select(number => number.GetSingle())];
    });

    /// <summary>The same for the same number.</summary>
    public static float[] Of(int number)
    {
        var random = new Random(number);
        return Array.ConvertAll(Real.Value, value => value + Spread * (2 * random.NextSingle() - 1));
    }

    public static string Base64(float[] numbers) => Convert.ToBase64String(Bytes(numbers));

    public static byte[] Bytes(float[] numbers) => MemoryMarshal.AsBytes(numbers.AsSpan()).ToArray();

    /// <summary>As numpy writes them.</summary>
    public static byte[] DoubleBytes(float[] numbers) => MemoryMarshal.AsBytes(Array.ConvertAll(numbers, number => (double)number).AsSpan()).ToArray();
}
