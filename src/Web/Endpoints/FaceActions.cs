using FaceId.Application.Faces;
using FaceId.Application.Recognition;
using FaceId.Web.Http;
using MediatR;

namespace FaceId.Web.Endpoints;

/// <summary>What is the same for /users/{id} and /me.</summary>
internal static class FaceActions
{
    public static async Task<IResult> EnrolAsync(
        int userId, Guid? livenessSession, bool allowDuplicate, PhotoUploads uploads, IMediator mediator, CancellationToken cancellationToken)
    {
        using var photos = uploads.Expect(1);
        return await mediator.Answer(
            new EnrolFace(userId, photos.Field("image"), livenessSession, allowDuplicate),
            face => TypedResults.Created($"/api/v1/users/{userId}/faces/{face.Id}", face),
            cancellationToken);
    }

    public static async Task<IResult> VerifyAsync(int userId, Guid? livenessSession, PhotoUploads uploads, IMediator mediator, CancellationToken cancellationToken)
    {
        using var photos = uploads.Expect(1);
        return await mediator.Answer(new VerifyFace(userId, photos.Field("image"), livenessSession), cancellationToken);
    }
}
