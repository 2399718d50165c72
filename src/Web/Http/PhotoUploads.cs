using FaceId.Infrastructure.Faces;
using Microsoft.Extensions.Options;

namespace FaceId.Web.Http;

/// <summary>Lets an endpoint take the photos of its request.</summary>
internal sealed class PhotoUploads(IHttpContextAccessor accessor, IOptions<FaceEngineOptions> options)
{
    /// <param name="photos">How many the body may hold.</param>
    public UploadedPhotos Expect(int photos) => new(accessor.HttpContext!.Request, options.Value.MaxImageBytes, photos);
}
