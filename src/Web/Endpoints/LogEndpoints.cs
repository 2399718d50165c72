using FaceId.Application.Common;
using FaceId.Application.Recognition;
using FaceId.Application.Users.SecurityEvents;
using FaceId.Domain.Recognition;
using FaceId.Domain.Users;
using FaceId.Web.Http;
using FaceId.Web.OpenApi;
using MediatR;

namespace FaceId.Web.Endpoints;

internal static class LogEndpoints
{
    public static void MapLogs(this IEndpointRouteBuilder api)
    {
        api.MapGet("/logs", List).WithTags("Records")
            .Describe("ListLogs", "Lists enrolment and recognition attempts, refused ones too, newest first.")
            .Produces<Page<ListLogs.Item>>().Refuses("validation", "forbidden");
        api.MapGet("/security-events", ListSecurityEvents).WithTags("Records")
            .Describe("ListSecurityEvents", "Lists what happened to the security of accounts, newest first.")
            .Produces<Page<SecurityEventItem>>().Refuses("validation", "forbidden");
    }

    /// <param name="actorId">The account that asked.</param>
    /// <param name="apiKeyId">The API key that asked.</param>
    /// <param name="from">First moment that counts, as 2026-11-23T00:00:00Z.</param>
    /// <param name="to">First moment that no longer counts.</param>
    private static Task<IResult> List(
        int? userId,
        Choice<RecognitionAction>? action,
        bool? success,
        int? actorId,
        int? apiKeyId,
        DateTimeOffset? from,
        DateTimeOffset? to,
        int? limit,
        string? cursor,
        IMediator mediator,
        CancellationToken cancellationToken) =>
        mediator.Answer(
            new ListLogs(
                userId, action?.Value, success, actorId, apiKeyId, from?.ToUniversalTime(), to?.ToUniversalTime(), limit ?? Paging.DefaultLimit, cursor),
            cancellationToken);

    /// <param name="userId">The account it happened to.</param>
    /// <param name="from">First moment that counts, as 2026-11-23T00:00:00Z.</param>
    /// <param name="to">First moment that no longer counts.</param>
    private static Task<IResult> ListSecurityEvents(
        int? userId,
        Choice<SecurityEventKind>? kind,
        DateTimeOffset? from,
        DateTimeOffset? to,
        int? limit,
        string? cursor,
        IMediator mediator,
        CancellationToken cancellationToken) =>
        mediator.Answer(
            new ListSecurityEvents(userId, kind?.Value, from?.ToUniversalTime(), to?.ToUniversalTime(), limit ?? Paging.DefaultLimit, cursor), cancellationToken);
}
