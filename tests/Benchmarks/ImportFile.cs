using System.Runtime.InteropServices;
using System.Text.Json;

namespace FaceId.Benchmarks;

/// <summary>Writes a file of people who do not exist, a face each, to be imported.</summary>
/// <remarks>Each vector is one that dlib made of a sample photo, moved by a random step of the length by which two people differ.</remarks>
internal static class ImportFile
{
    private const double Step = 0.9;

    public static int Write(string goldens, string path, int people)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(goldens));
        var real = document.RootElement.EnumerateArray()
            .Select(photo => photo.GetProperty("photoAsChipDescriptor").EnumerateArray().Select(number => number.GetSingle()).ToArray()).ToArray();
        var isCsv = Path.GetExtension(path) == ".csv";
        using var file = new StreamWriter(path);
        if (isCsv)
        {
            file.Write("email,name,encoding\n");
        }

        var random = new Random(1);
        var numbers = new float[real[0].Length];
        for (var i = 0; i < people; i++)
        {
            Draw(real[i % real.Length], numbers, random);
            var face = Convert.ToBase64String(MemoryMarshal.AsBytes(numbers.AsSpan()));
            file.Write(FormattableString.Invariant(isCsv
                ? (FormattableString)$"person{i}@example.org,Person {i},{face}\n"
                : $"{{\"email\":\"person{i}@example.org\",\"name\":\"Person {i}\",\"encoding\":\"{face}\"}}\n"));
        }

        return 0;
    }

    /// <summary>A vector as long as the real one.</summary>
    private static void Draw(float[] real, float[] numbers, Random random)
    {
        var squares = 0.0;
        for (var i = 0; i < numbers.Length; i++)
        {
            // About normal, and quicker.
            numbers[i] = random.NextSingle() + random.NextSingle() + random.NextSingle() - 1.5f;
            squares += numbers[i] * numbers[i];
        }

        var step = (float)(Step / Math.Sqrt(squares));
        var (before, after) = (0.0, 0.0);
        for (var i = 0; i < numbers.Length; i++)
        {
            numbers[i] = real[i] + step * numbers[i];
            before += real[i] * real[i];
            after += numbers[i] * numbers[i];
        }

        var back = (float)Math.Sqrt(before / after);
        for (var i = 0; i < numbers.Length; i++)
        {
            numbers[i] *= back;
        }
    }
}
