using FaceId.Application.Common;
using FaceId.Application.Faces;
using FaceId.Application.Recognition;
using FaceId.Application.Users;
using FaceId.Application.Users.Privacy;
using FaceId.Application.Users.SecondFactor;
using FaceId.Application.Users.Sessions;
using FaceId.Application.Users.SignIn;
using FaceId.Domain.Users;
using FaceId.Web.Http;
using FaceId.Web.OpenApi;
using MediatR;

namespace FaceId.Web.Endpoints;

internal static class UserEndpoints
{
    public static void MapUsers(this IEndpointRouteBuilder api)
    {
        var users = api.MapGroup("/users").WithTags("People");
        users.MapGet("", List).Describe("ListUsers", "Lists accounts in the order they were made.")
            .Produces<Page<UserResponse>>().Refuses("validation", "forbidden");
        users.MapPost("", Create).Describe("CreateUser", "Makes an account for somebody else.")
            .Produces<UserResponse>(StatusCodes.Status201Created).Refuses("validation", "forbidden", "email_taken", "busy");
        users.MapGet("/{id:int}", Get).Describe("GetUser", "Shows one account.")
            .Produces<UserResponse>().Refuses("forbidden", "not_found");
        users.MapPatch("/{id:int}", Update).Describe("UpdateUser", "Changes an account; what is left out stays as it is.")
            .Produces<UserResponse>().Refuses("validation", "forbidden", "not_found", "email_taken", "last_admin", "proof_required");
        users.MapDelete("/{id:int}", Delete)
            .Describe("DeleteUser", "Erases an account and everything held on it, and answers a receipt. Logs keep their rows, no longer linked to the person.")
            .Produces<ErasureReceipt>().Refuses("forbidden", "not_found", "last_admin", "proof_required");

        users.MapPost("/{id:int}/reset-password", SendPasswordReset)
            .Describe("SendPasswordReset", "Mails an account's owner the link with which they choose a password.")
            .Produces<MailRequested>(StatusCodes.Status202Accepted).Refuses("forbidden", "not_found", "user_inactive", "rate_limited", "proof_required");
        users.MapDelete("/{id:int}/mfa", ResetMfa)
            .Describe("ResetMfa", "Takes the second factor off somebody who lost it. They must set up a new one at their next sign-in.")
            .Produces(StatusCodes.Status204NoContent).Refuses("forbidden", "not_found", "mfa_not_enabled", "proof_required");
        users.MapGet("/{id:int}/sessions", ListSessions).Describe("ListSessions", "Lists where somebody is signed in, newest first.")
            .Produces<Page<ListSessions.Item>>().Refuses("validation", "forbidden");
        users.MapDelete("/{id:int}/sessions", EndSessions).Describe("EndSessions", "Ends all sessions of somebody.")
            .Produces(StatusCodes.Status204NoContent).Refuses("forbidden", "not_found", "proof_required");
        users.MapDelete("/{id:int}/sessions/{sessionId:guid}", EndSession).Describe("EndSession", "Ends one session of somebody.")
            .Produces(StatusCodes.Status204NoContent).Refuses("forbidden", "not_found", "proof_required");
        api.MapDelete("/sessions", EndAllSessions).WithTags("People")
            .Describe("EndAllSessions", "Ends the sessions of everybody but the caller's own. API keys go on.")
            .Produces<EndAllSessions.Response>().Refuses("forbidden", "proof_required");

        users.MapGet("/{id:int}/faces", ListFaces).Describe("ListFaces", "Lists a person's enrolled faces, oldest first.")
            .Produces<Page<ListFaces.Item>>().Refuses("validation", "forbidden", "not_found");
        users.MapPost("/{id:int}/faces", Enrol).Describe("EnrolFace", "Enrols the one face in a photo. The photo itself is not kept.")
            .TakesPhotos("image").Produces<EnrolFace.Response>(StatusCodes.Status201Created).RefusesPhotos("forbidden", "not_found", "too_many_faces", "consent_required", "identity_conflict", "gallery_not_ready", "gallery_full", "liveness_required", "liveness_unusable", "liveness_mismatch");
        users.MapDelete("/{id:int}/faces/{faceId:int}", DeleteFace).Describe("DeleteFace", "Erases one enrolled face.")
            .Produces(StatusCodes.Status204NoContent).Refuses("forbidden", "not_found");
        users.MapPost("/{id:int}/verify", Verify)
            .Describe("VerifyFace", "Decides whether the face in a photo is this person's, by all their templates.")
            .TakesPhotos("image").Produces<Verification>().RefusesPhotos("forbidden", "not_found", "not_enrolled", "user_inactive", "faces_unreadable", "liveness_required", "liveness_unusable", "liveness_mismatch");
    }

    /// <param name="search">Part of a name or e-mail address, in any case.</param>
    /// <param name="limit">1 to 500; 50 when left out.</param>
    /// <param name="cursor">The nextCursor of the page before.</param>
    private static Task<IResult> List(
        string? search, Choice<Role>? role, bool? active, int? limit, string? cursor, IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(new ListUsers(search, role?.Value, active, limit ?? Paging.DefaultLimit, cursor), cancellationToken);

    private static Task<IResult> Create(CreateUser request, IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(request, user => TypedResults.Created($"/api/v1/users/{user.Id}", user), cancellationToken);

    private static Task<IResult> Get(int id, IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(new GetUser(id), cancellationToken);

    private static Task<IResult> Update(int id, UserChanges changes, IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(
            new UpdateUser(id, changes.Email, changes.Name, changes.Role, changes.IsActive, changes.Verified),
            cancellationToken);

    private static Task<IResult> Delete(int id, IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(new EraseUser(id), cancellationToken);

    private static Task<IResult> SendPasswordReset(int id, IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(new SendPasswordReset(id), mailed => TypedResults.Accepted((string?)null, mailed), cancellationToken);

    private static Task<IResult> ResetMfa(int id, IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(new ResetMfa(id), _ => TypedResults.NoContent(), cancellationToken);

    private static Task<IResult> ListSessions(int id, int? limit, string? cursor, IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(new ListSessions(id, limit ?? Paging.DefaultLimit, cursor), cancellationToken);

    private static Task<IResult> EndSessions(int id, IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(new EndSessions(id), _ => TypedResults.NoContent(), cancellationToken);

    private static Task<IResult> EndSession(int id, Guid sessionId, IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(new EndSession(id, sessionId), _ => TypedResults.NoContent(), cancellationToken);

    private static Task<IResult> EndAllSessions(IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(new EndAllSessions(), cancellationToken);

    private static Task<IResult> ListFaces(int id, int? limit, string? cursor, IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(new ListFaces(id, limit ?? Paging.DefaultLimit, cursor), cancellationToken);

    /// <param name="allowDuplicate">Enrol a face that another person has too.</param>
    private static Task<IResult> Enrol(
        int id, Guid? livenessSession, bool? allowDuplicate, PhotoUploads uploads, IMediator mediator, CancellationToken cancellationToken) =>
        FaceActions.EnrolAsync(id, livenessSession, allowDuplicate ?? false, uploads, mediator, cancellationToken);

    private static Task<IResult> DeleteFace(int id, int faceId, IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(new DeleteFace(id, faceId), _ => TypedResults.NoContent(), cancellationToken);

    private static Task<IResult> Verify(int id, Guid? livenessSession, PhotoUploads uploads, IMediator mediator, CancellationToken cancellationToken) =>
        FaceActions.VerifyAsync(id, livenessSession, uploads, mediator, cancellationToken);
}

/// <summary>What PATCH /users/{id} may change; what is left out stays as it is.</summary>
internal sealed record UserChanges(
    string? Email = null, string? Name = null, Role? Role = null, bool? IsActive = null, bool? Verified = null);
