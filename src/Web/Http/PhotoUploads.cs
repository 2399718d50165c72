using FaceId.Infrastructure.Faces;
using Microsoft.Extensions.Options;

namespace FaceId.Web.Http;

/// <summary>Lets an endpoint take the photos of its request.</summary>
internal sealed class PhotoUploads(IHttpContextAccessor accessor, IOptions<FaceEngineOptions> options)
{
    /// <summary>640x480 pixels in JPEG are a twentieth of it.</summary>
    private const int MaxFrameBytes = 1024 * 1024;

    /// <param name="photos">How many the body may hold.</param>
    public UploadedPhotos Expect(int photos) => new(accessor.HttpContext!.Request, options.Value.MaxImageBytes, photos);

    /// <summary>The frames of a film, which are many and small.</summary>
    /// <param name="frames">How many the body may hold.</param>
    public UploadedPhotos ExpectFrames(int frames) =>
        new(accessor.HttpContext!.Request, Math.Min(MaxFrameBytes, options.Value.MaxImageBytes), frames);
}
