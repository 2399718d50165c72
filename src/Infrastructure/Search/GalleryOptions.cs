using System.Globalization;
using FaceId.Infrastructure.Configuration;
using Microsoft.Extensions.Configuration;

namespace FaceId.Infrastructure.Search;

/// <param name="MaxFaces">How many faces are kept in memory at most.</param>
/// <param name="Templates">Whether faces are compared by templates where they have one; without the second model no photo that is sent has any.</param>
internal sealed record GalleryOptions(int MaxFaces, bool Templates = true)
{
    private const string MaxKey = "FaceId:MaxGalleryFaces";
    private const string SecondModelKey = "FaceId:SecondModel";

    /// <summary>What a face takes, generously.</summary>
    private const int BytesAFace = 256;

    /// <exception cref="StartupException">The value cannot be read.</exception>
    public static GalleryOptions Load(IConfiguration configuration)
    {
        var templates = !string.Equals(configuration[SecondModelKey]?.Trim(), "off", StringComparison.OrdinalIgnoreCase);
        if (string.IsNullOrWhiteSpace(configuration[MaxKey]))
        {
            // Half of the memory there is.
            return new GalleryOptions((int)Math.Min(int.MaxValue / 2, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2 / BytesAFace), templates);
        }

        return int.TryParse(configuration[MaxKey]!.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var max) && max > 0
            ? new GalleryOptions(max, templates)
            : throw new StartupException($"{MaxKey} is a number of faces, such as 2000000; leave it out to use up to half of the memory.");
    }
}
