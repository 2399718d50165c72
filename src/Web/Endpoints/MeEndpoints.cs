using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Faces;
using FaceId.Application.Recognition;
using FaceId.Application.Users;
using FaceId.Web.Http;
using FaceId.Web.OpenApi;
using MediatR;

namespace FaceId.Web.Endpoints;

/// <summary>One's own account and faces, whatever the role.</summary>
internal static class MeEndpoints
{
    public static void MapMe(this IEndpointRouteBuilder api)
    {
        var me = api.MapGroup("/me").WithTags("Me");
        me.MapGet("", Get).Describe("GetMe", "Shows one's own account.").Produces<UserResponse>().Refuses();
        me.MapGet("/faces", ListFaces).Describe("ListMyFaces", "Lists one's own enrolled faces, oldest first.")
            .Produces<Page<ListFaces.Item>>().Refuses("validation");
        me.MapPost("/faces", Enrol).Describe("EnrolMyFace", "Enrols one's own face from a photo. The photo itself is not kept.")
            .TakesPhotos("image").Produces<EnrolFace.Response>(StatusCodes.Status201Created).RefusesPhotos("too_many_faces");
        me.MapDelete("/faces/{faceId:int}", DeleteFace).Describe("DeleteMyFace", "Erases one of one's own enrolled faces.")
            .Produces(StatusCodes.Status204NoContent).Refuses("not_found");
        me.MapPost("/verify", Verify).Describe("VerifyMyFace", "Decides whether the face in a photo is one's own.")
            .TakesPhotos("image").Produces<Verification>().RefusesPhotos("not_enrolled");
    }

    private static Task<IResult> Get(ICaller caller, IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(new GetUser(caller.RequiredUserId()), cancellationToken);

    private static Task<IResult> ListFaces(
        int? limit, string? cursor, ICaller caller, IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(new ListFaces(caller.RequiredUserId(), limit ?? Paging.DefaultLimit, cursor), cancellationToken);

    private static Task<IResult> Enrol(ICaller caller, PhotoUploads uploads, IMediator mediator, CancellationToken cancellationToken) =>
        FaceActions.EnrolAsync(caller.RequiredUserId(), uploads, mediator, cancellationToken);

    private static Task<IResult> DeleteFace(int faceId, ICaller caller, IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(new DeleteFace(caller.RequiredUserId(), faceId), _ => TypedResults.NoContent(), cancellationToken);

    private static Task<IResult> Verify(ICaller caller, PhotoUploads uploads, IMediator mediator, CancellationToken cancellationToken) =>
        FaceActions.VerifyAsync(caller.RequiredUserId(), uploads, mediator, cancellationToken);
}
