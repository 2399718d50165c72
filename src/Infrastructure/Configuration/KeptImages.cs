using FaceId.Application.Faces;
using Microsoft.Extensions.Configuration;

namespace FaceId.Infrastructure.Configuration;

/// <summary>Reads <see cref="ImageOptions"/> and stops the start when the value makes no sense.</summary>
internal static class KeptImages
{
    /// <exception cref="StartupException">The value cannot be read; the message names it.</exception>
    public static ImageOptions Load(IConfiguration configuration) => new(configuration["FaceId:KeepImages"]?.Trim().ToLowerInvariant() switch
    {
        null or "" or "off" => KeepImages.Off,
        "aligned" => KeepImages.Aligned,
        "original" => KeepImages.Original,
        var text => throw new StartupException($"FaceId:KeepImages is '{text}'; give off, aligned or original."),
    });
}
