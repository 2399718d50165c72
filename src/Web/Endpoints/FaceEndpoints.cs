using FaceId.Application.Faces;
using FaceId.Application.Recognition;
using FaceId.Web.Http;
using FaceId.Web.OpenApi;
using MediatR;

namespace FaceId.Web.Endpoints;

/// <summary>Looking at photos without storing anything of them.</summary>
internal static class FaceEndpoints
{
    public static void MapFaces(this IEndpointRouteBuilder api)
    {
        var faces = api.MapGroup("/faces").WithTags("Photos");
        faces.MapPost("/detect", Detect).Describe("DetectFaces", "Shows where the faces of a photo are.")
            .TakesPhotos("image").Produces<DetectFaces.Response>().RefusesPhotos("forbidden");
        faces.MapPost("/compare", Compare).Describe("CompareFaces", "Decides whether two photos show the same person.")
            .TakesPhotos("image1", "image2").Produces<Verification>().RefusesPhotos();
    }

    /// <param name="thorough">Scan at full size like dlib, which finds smaller faces and takes longer.</param>
    /// <param name="encodings">Answer dlib's 128 numbers of each face too; for administrators.</param>
    private static async Task<IResult> Detect(
        bool? thorough, bool? encodings, PhotoUploads uploads, IMediator mediator, CancellationToken cancellationToken)
    {
        using var photos = uploads.Expect(1);
        return await mediator.Answer(
            new DetectFaces(photos.Field("image"), thorough ?? false, encodings ?? false), cancellationToken);
    }

    private static async Task<IResult> Compare(PhotoUploads uploads, IMediator mediator, CancellationToken cancellationToken)
    {
        using var photos = uploads.Expect(2);
        return await mediator.Answer(new CompareFaces(photos.Field("image1"), photos.Field("image2")), cancellationToken);
    }
}
