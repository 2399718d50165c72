using System.Globalization;
using ErrorOr;

namespace FaceId.Application.Faces;

/// <summary>Why nobody can be looked for at the moment. Comparing with one person goes on all the while.</summary>
public static class GalleryErrors
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(2);

    public static readonly Error Full = Wait(
        "gallery_full", TimeSpan.FromMinutes(1), "There are as many enrolled faces as this server may keep in memory. Raise FaceId:MaxGalleryFaces, or give it more memory.");

    public static Error Of(GalleryState state) => state.Condition == GalleryCondition.Full ? Full : NotReady(state);

    private static Error NotReady(GalleryState state) => Wait("gallery_not_ready", Soon, state.Condition == GalleryCondition.Loading
        ? string.Create(CultureInfo.InvariantCulture, $"The enrolled faces are being loaded ({state.Loaded * 100:0} %). Try again in {Soon.TotalSeconds:0} s.")
        : $"This server has not heard of the latest enrolments. Try again in {Soon.TotalSeconds:0} s.");

    private static Error Wait(string code, TimeSpan wait, string description) =>
        Error.Failure(code, description, new Dictionary<string, object> { ["retryAfter"] = wait });
}
