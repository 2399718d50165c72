using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Faces;
using FaceId.Application.Recognition;
using FaceId.Application.Users;
using FaceId.Application.Users.SecondFactor;
using FaceId.Application.Users.SecurityEvents;
using FaceId.Application.Users.Sessions;
using FaceId.Application.Users.SignIn;
using FaceId.Web.Http;
using FaceId.Web.OpenApi;
using MediatR;

namespace FaceId.Web.Endpoints;

/// <summary>One's own account and faces, whatever the role.</summary>
internal static class MeEndpoints
{
    public static void MapMe(this IEndpointRouteBuilder api)
    {
        var me = api.MapGroup("/me").WithTags("Me").AddEndpointFilter<PeopleOnly>();
        me.MapGet("", Get).Describe("GetMe", "Shows one's own account.").Produces<UserResponse>().Refuses("forbidden");
        me.MapPatch("", Update)
            .Describe("UpdateMe", "Changes one's name or address. A new address counts once the mail sent to it was answered.")
            .Produces<UserResponse>().Refuses("validation", "proof_required");
        me.MapPost("/password", ChangePassword).Describe("ChangePassword", "Changes one's password and ends all other sessions. Where programs get new tokens at a proof, the answer is 200 with them.")
            .Produces(StatusCodes.Status204NoContent).Produces<SessionTokens>().Refuses("validation", "invalid_credentials", "password_over", "too_many_attempts", "proof_required", "busy");
        me.MapPost("/mfa/setup", SetUpTotp)
            .Describe("SetUpMfa", "Begins to set up an authenticator app. Nothing changes until a code confirms it.")
            .Produces<SetUpTotp.Response>().Refuses("proof_required");
        me.MapPost("/mfa/enable", EnableTotp).Describe("EnableMfa", "Confirms the authenticator app by a code, and answers recovery codes.")
            .Produces<EnableTotp.Response>().Refuses("validation", "invalid_code", "invalid_token", "mailed_token_required", "mfa_setup_missing", "proof_required");
        me.MapPost("/mfa/disable", DisableMfa).Describe("DisableMfa", "Erases one's authenticator app, passkeys and recovery codes.")
            .Produces(StatusCodes.Status204NoContent).Refuses("mfa_not_enabled", "proof_required");
        me.MapPost("/mfa/recovery-codes", ReissueRecoveryCodes)
            .Describe("ReissueRecoveryCodes", "Makes ten new recovery codes; those before are good no longer.")
            .Produces<RecoveryCodesResponse>().Refuses("mfa_not_enabled", "proof_required");
        me.MapGet("/sessions", ListSessions).Describe("ListMySessions", "Lists where one is signed in, newest first.")
            .Produces<Page<ListSessions.Item>>().Refuses("validation");
        me.MapDelete("/sessions", EndSessions).Describe("EndMyOtherSessions", "Ends all of one's sessions but this one.")
            .Produces(StatusCodes.Status204NoContent).Refuses("proof_required");
        me.MapDelete("/sessions/{sessionId:guid}", EndSession).Describe("EndMySession", "Ends one of one's sessions.")
            .Produces(StatusCodes.Status204NoContent).Refuses("not_found", "proof_required");
        me.MapGet("/security-events", ListSecurityEvents)
            .Describe("ListMySecurityEvents", "Lists what happened to the security of one's account, newest first.")
            .Produces<Page<SecurityEventItem>>().Refuses("validation");
        me.MapGet("/faces", ListFaces).Describe("ListMyFaces", "Lists one's own enrolled faces, oldest first.")
            .Produces<Page<ListFaces.Item>>().Refuses("validation");
        me.MapPost("/faces", Enrol).Describe("EnrolMyFace", "Enrols one's own face from a photo. The photo itself is not kept.")
            .TakesPhotos("image").Produces<EnrolFace.Response>(StatusCodes.Status201Created).RefusesPhotos("too_many_faces", "consent_required", "identity_conflict", "gallery_not_ready", "gallery_full", "liveness_required", "liveness_unusable", "liveness_mismatch");
        me.MapDelete("/faces/{faceId:int}", DeleteFace).Describe("DeleteMyFace", "Erases one of one's own enrolled faces.")
            .Produces(StatusCodes.Status204NoContent).Refuses("not_found");
        me.MapPost("/verify", Verify).Describe("VerifyMyFace", "Decides whether the face in a photo is one's own.")
            .TakesPhotos("image").Produces<Verification>().RefusesPhotos("not_enrolled", "faces_unreadable", "liveness_required", "liveness_unusable", "liveness_mismatch");
    }

    private static Task<IResult> Get(ICaller caller, IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(new GetUser(caller.RequiredUserId()), cancellationToken);

    private static Task<IResult> Update(UpdateMe request, IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(request, cancellationToken);

    private static Task<IResult> ChangePassword(ChangePassword request, HttpResponse response, IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(request, changed => Changed(changed, response), cancellationToken);

    private static IResult Changed(SessionTokens renewed, HttpResponse response)
    {
        var answer = AuthEndpoints.SignedIn(renewed, response);
        return renewed.AccessToken is null ? TypedResults.NoContent() : answer;
    }

    private static Task<IResult> SetUpTotp(IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(new SetUpTotp(), cancellationToken);

    private static Task<IResult> EnableTotp(EnableTotp request, HttpResponse response, IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(request, enabled => AuthEndpoints.SignedIn(enabled, response), cancellationToken);

    private static Task<IResult> DisableMfa(DisableMfa? request, IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(request ?? new DisableMfa(), _ => TypedResults.NoContent(), cancellationToken);

    private static Task<IResult> ReissueRecoveryCodes(IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(new ReissueRecoveryCodes(), cancellationToken);

    private static Task<IResult> ListSessions(
        int? limit, string? cursor, ICaller caller, IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(new ListSessions(caller.RequiredUserId(), limit ?? Paging.DefaultLimit, cursor), cancellationToken);

    private static Task<IResult> EndSessions(ICaller caller, IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(new EndSessions(caller.RequiredUserId()), _ => TypedResults.NoContent(), cancellationToken);

    private static Task<IResult> EndSession(Guid sessionId, ICaller caller, IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(new EndSession(caller.RequiredUserId(), sessionId), _ => TypedResults.NoContent(), cancellationToken);

    private static Task<IResult> ListSecurityEvents(int? limit, string? cursor, IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(new ListMySecurityEvents(limit ?? Paging.DefaultLimit, cursor), cancellationToken);

    private static Task<IResult> ListFaces(
        int? limit, string? cursor, ICaller caller, IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(new ListFaces(caller.RequiredUserId(), limit ?? Paging.DefaultLimit, cursor), cancellationToken);

    private static Task<IResult> Enrol(Guid? livenessSession, ICaller caller, PhotoUploads uploads, IMediator mediator, CancellationToken cancellationToken) =>
        FaceActions.EnrolAsync(caller.RequiredUserId(), livenessSession, allowDuplicate: false, uploads, mediator, cancellationToken);

    private static Task<IResult> DeleteFace(int faceId, ICaller caller, IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(new DeleteFace(caller.RequiredUserId(), faceId), _ => TypedResults.NoContent(), cancellationToken);

    private static Task<IResult> Verify(Guid? livenessSession, ICaller caller, PhotoUploads uploads, IMediator mediator, CancellationToken cancellationToken) =>
        FaceActions.VerifyAsync(caller.RequiredUserId(), livenessSession, uploads, mediator, cancellationToken);
}
