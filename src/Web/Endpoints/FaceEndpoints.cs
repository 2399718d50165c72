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
        faces.MapPost("/identify", Identify)
            .Describe("IdentifyFaces", "Says whose the face in a photo is, or that it is nobody's; with all=true of every face, as {width, height, faces: [{box, score, matches, unknown, ...}]}.")
            .TakesPhotos("image").Produces<IdentifyFace.Response>().RefusesPhotos(
                "forbidden", "gallery_not_ready", "gallery_full", "liveness_required", "liveness_unusable", "liveness_mismatch", "liveness_one_person");
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

    /// <param name="limit">How many people to name at most, for each face: 1 to 100, 5 when left out.</param>
    /// <param name="all">Look for every face in the photo, instead of refusing one that shows several.</param>
    /// <param name="livenessSession">A liveness session for this purpose that passed, whose face the photo shows.</param>
    private static async Task<IResult> Identify(
        int? limit, bool? all, Guid? livenessSession, PhotoUploads uploads, IMediator mediator, CancellationToken cancellationToken)
    {
        using var photos = uploads.Expect(1);
        return all == true
            ? await mediator.Answer(new IdentifyFaces(photos.Field("image"), limit ?? Identifier.DefaultLimit, livenessSession), cancellationToken)
            : await mediator.Answer(new IdentifyFace(photos.Field("image"), limit ?? Identifier.DefaultLimit, livenessSession), cancellationToken);
    }

    private static async Task<IResult> Compare(PhotoUploads uploads, IMediator mediator, CancellationToken cancellationToken)
    {
        using var photos = uploads.Expect(2);
        return await mediator.Answer(new CompareFaces(photos.Field("image1"), photos.Field("image2")), cancellationToken);
    }
}
