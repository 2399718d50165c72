using FaceId.Infrastructure.Faces;
using FaceId.Infrastructure.Faces.Dlib;
using FaceId.Infrastructure.Faces.Fusion;
using FaceId.Infrastructure.Faces.Imaging;
using FaceId.Infrastructure.Faces.Mobile;

namespace FaceId.Benchmarks;

/// <summary>Finds the directions of <see cref="TemplateFusion"/> from a folder of people, a folder of photos for each: the mean of each person counts once.</summary>
internal static class FusionFit
{
    public static async Task<int> RunAsync(string[] args)
    {
        if (args is not [var folder, var file])
        {
            Console.Error.WriteLine("fusion PEOPLE FILE");
            return 2;
        }

        using var models = await FaceModelSet.LoadAsync(
            new FaceEngineOptions { ModelsFolder = Environment.GetEnvironmentVariable("FACEID_MODELS") ?? "models" }, CancellationToken.None);
        var folders = Directory.GetDirectories(folder).Order(StringComparer.Ordinal).ToArray();
        var people = new float[folders.Length][];
        var done = 0;
        Parallel.ForEach(folders, () => new FaceWorkspace(), (person, _, index, workspace) =>
        {
            people[index] = Mean(Directory.GetFiles(person).Order(StringComparer.Ordinal).Select(photo => Join(models, workspace, photo)).OfType<float[]>().ToList());
            Console.Error.Write($"\r{Interlocked.Increment(ref done)} of {folders.Length} people");
            return workspace;
        }, workspace => workspace.Dispose());
        var found = people.Where(person => person.Length > 0).ToArray();
        await File.WriteAllBytesAsync(file, TemplateFusion.Fit(found));
        Console.WriteLine($"\n{found.Length} people, {file}");
        return 0;
    }

    private static float[] Mean(List<float[]> vectors) =>
        vectors.Count == 0 ? [] : [.. Enumerable.Range(0, TemplateFusion.Inputs).Select(i => vectors.Average(vector => vector[i]))];

    /// <summary>Both networks' vectors of the only face in a photo, as they are fused.</summary>
    private static unsafe float[]? Join(FaceModelSet models, FaceWorkspace workspace, string file)
    {
        var photo = new PhotoDecoder(int.MaxValue, int.MaxValue).Decode(File.ReadAllBytes(file), int.MaxValue, workspace.Photo);
        if (photo.IsError || models.Scanner.ScanCoarseToFine(photo.Value.Pixels, 0.84, workspace.Scan, CancellationToken.None, out _) is not [var face])
        {
            return null;
        }

        var pixels = photo.Value.Pixels;
        Span<PointD> points = stackalloc PointD[ShapePredictor.Points];
        models.Landmarks.Predict(pixels, face.Box, points);
        FaceChip.Extract(pixels, FaceChip.PlaceOf(points), workspace.Chip, workspace.ChipScratch);
        float[] dlib = new float[models.Encoder.Length], mirrored = new float[dlib.Length], second = new float[models.Feature!.Length];
        models.Encoder.Run(workspace.Chip, dlib, workspace.Encoder);
        Pixels.Mirror(new PixelView(workspace.Chip, FaceChip.Side, FaceChip.Side));
        models.Encoder.Run(workspace.Chip, mirrored, workspace.Encoder);
        FeatureChip.Extract(pixels, FeatureChip.PlaceOf(points), workspace.Chip, workspace.ChipScratch);
        models.Feature.Run(workspace.Chip, second, workspace.Mobile);
        var both = new float[TemplateFusion.Inputs];
        TemplateFusion.Join(dlib, mirrored, second, both);
        return both;
    }
}
