using System.Runtime.InteropServices;
using System.Text.Json;
using FaceId.Application.Faces;
using FaceId.Domain.Faces;
using Microsoft.Extensions.DependencyInjection;

namespace FaceId.FunctionalTests.Support;

/// <summary>Faces that no photo shows: numbers, and how they are stored.</summary>
internal static class Numbers
{
    /// <summary>What a program of dlib stores of these numbers.</summary>
    public static byte[] Of(JsonElement encoding) => Of([.. encoding.EnumerateArray().Select(number => number.GetSingle())]);

    public static byte[] Of(float[] numbers) => MemoryMarshal.AsBytes(numbers.AsSpan()).ToArray();

    /// <summary>dlib's numbers of somebody; the same for the same seed.</summary>
    public static float[] Somebody(int seed) => Direction(seed, 1.4f);

    /// <summary>Somebody's template.</summary>
    public static FaceTemplate Template(int seed) => Steps(Direction(seed, 0.9f));

    /// <summary>The same person in another photo.</summary>
    public static FaceTemplate TemplateLike(int seed, int photo, float difference = 0.3f) =>
        Steps([.. Direction(seed, 0.9f).Zip(Direction(photo + 1_000_000, difference), (a, b) => a + b)]);

    public static float[] SomebodyLike(int seed, int photo, float difference = 0.3f) =>
        [.. Somebody(seed).Zip(Direction(photo + 1_000_000, difference), (a, b) => a + b)];

    public static FaceOpinions Opinions(int seed) => new(new FaceVector(FaceModels.Dlib, Somebody(seed)), Second: null, Template(seed));

    /// <summary>Writes a face with a template into the database, as a server would.</summary>
    /// <returns>Its id.</returns>
    public static Task<int> EnrolAsync(string url, IServiceProvider server, int userId, FaceOpinions face)
    {
        var stored = server.GetRequiredService<ITemplateVault>().Seal(face, userId);
        return TestDatabase.ScalarAsync<int>(
            url,
            "INSERT INTO faces (user_id, encoding, model, template, template_model) VALUES ($1, $2, $3, $4, $5) RETURNING id",
            userId, stored.Encoding, stored.Model, (object?)stored.Template?.Sealed ?? DBNull.Value, (object?)stored.Template?.Model ?? DBNull.Value);
    }

    private static FaceTemplate Steps(float[] numbers) => new([.. numbers.Select(x => (sbyte)Math.Clamp(MathF.Round(x * FaceTemplate.Steps), sbyte.MinValue, sbyte.MaxValue))]);

    private static float[] Direction(int seed, float length)
    {
        var random = new Random(seed);
        var numbers = Enumerable.Range(0, FaceModels.DlibLength)
            .Select(_ => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())).ToArray();
        var scale = length / Math.Sqrt(numbers.Sum(x => x * x));
        return [.. numbers.Select(x => (float)(x * scale))];
    }
}
