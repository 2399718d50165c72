using System.Globalization;
using FaceId.Application.Users.Consents;
using FaceId.Application.Users.Privacy;
using FaceId.Application.Users.Retention;
using FaceId.Web.Http;
using FaceId.Web.OpenApi;
using MediatR;

namespace FaceId.Web.Endpoints;

/// <summary>Consent, what is held on a person, and its end.</summary>
internal static class PrivacyEndpoints
{
    public static void MapPrivacy(this IEndpointRouteBuilder api)
    {
        var me = api.MapGroup("/me").WithTags("Privacy").AddEndpointFilter<PeopleOnly>();
        me.MapGet("/consent", GetConsent)
            .Describe("GetMyConsent", "Shows the text that people agree to before their face is enrolled, and whether one has.")
            .Produces<ConsentResponse>().Refuses();
        me.MapPost("/consent", GiveConsent).Describe("GiveConsent", "Agrees to have one's own face enrolled.")
            .Produces<ConsentResponse>().Refuses("validation");
        me.MapDelete("/consent", WithdrawConsent).Describe("WithdrawConsent", "Withdraws one's consent. One's enrolled faces are erased with it.")
            .Produces(StatusCodes.Status204NoContent).Refuses();
        me.MapGet("/export", Export)
            .Describe("ExportMe", "Answers everything held on oneself as a file: enrolled faces as numbers, the log, sessions, consents. No secrets.")
            .Produces<ExportMe.Response>().Refuses("proof_required").WithRequestTimeout(RequestTimes.Export);
        me.MapDelete("", Erase)
            .Describe("EraseMe", "Erases one's account and everything held on it, and answers a receipt. Logs keep their rows, no longer linked to the person.")
            .Produces<ErasureReceipt>().Refuses("last_admin", "proof_required");

        var users = api.MapGroup("/users/{id:int}").WithTags("Privacy");
        users.MapPost("/consent", RecordConsent).Describe("RecordConsent", "Puts a consent on record that the person gave elsewhere.")
            .Produces<ConsentResponse>().Refuses("validation", "forbidden", "not_found");
        users.MapDelete("/consent", WithdrawConsentOf)
            .Describe("WithdrawConsentOf", "Withdraws somebody's consent on their behalf. Their enrolled faces are erased with it.")
            .Produces(StatusCodes.Status204NoContent).Refuses("forbidden", "not_found");

        api.MapPost("/retention", ApplyRetention).WithTags("Privacy")
            .Describe("ApplyRetention", "Erases what is older than the settings keep, as the daily job does. With ?dryRun=true it only counts.")
            .Produces<ApplyRetention.Response>().Refuses("forbidden", "proof_required");
        api.MapPost("/erasures/check", CheckErasure).WithTags("Privacy").AllowAnonymous().RequireRateLimiting(RateLimits.SignIn)
            .Describe("CheckErasure", "Says whether a receipt of an erasure is genuine, and counts what is left of whom it is about.")
            .Produces<CheckErasure.Response>().Refuses("validation");
    }

    private static Task<IResult> Export(HttpResponse response, TimeProvider time, IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(
            new ExportMe(),
            export =>
            {
                response.Headers.ContentDisposition = string.Create(
                    CultureInfo.InvariantCulture, $"attachment; filename=\"faceid-export-{export.Account.Id}-{time.GetUtcNow():yyyyMMdd}.json\"");
                return TypedResults.Ok(export);
            },
            cancellationToken);

    private static Task<IResult> Erase(HttpResponse response, IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(
            new EraseMe(),
            receipt =>
            {
                SessionCookie.Delete(response);
                return TypedResults.Ok(receipt);
            },
            cancellationToken);

    private static Task<IResult> ApplyRetention(bool? dryRun, IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(new ApplyRetention(dryRun ?? false), cancellationToken);

    private static Task<IResult> CheckErasure(CheckErasure request, IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(request, cancellationToken);

    private static Task<IResult> GetConsent(IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(new GetMyConsent(), cancellationToken);

    private static Task<IResult> GiveConsent(GiveConsent request, IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(request, cancellationToken);

    private static Task<IResult> WithdrawConsent(IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(new WithdrawConsent(), _ => TypedResults.NoContent(), cancellationToken);

    private static Task<IResult> RecordConsent(int id, GiveConsent body, IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(new RecordConsent(id, body.Accepted, body.Version), cancellationToken);

    private static Task<IResult> WithdrawConsentOf(int id, IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(new WithdrawConsentOf(id), _ => TypedResults.NoContent(), cancellationToken);
}
