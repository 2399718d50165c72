using FaceId.Application.Common;
using FaceId.Application.Users.ApiKeys;
using FaceId.Web.Http;
using FaceId.Web.OpenApi;
using MediatR;

namespace FaceId.Web.Endpoints;

internal static class ApiKeyEndpoints
{
    public static void MapApiKeys(this IEndpointRouteBuilder api)
    {
        var keys = api.MapGroup("/api-keys").WithTags("API keys");
        keys.MapGet("", List).Describe("ListApiKeys", "Lists the API keys in the order they were made.")
            .Produces<Page<ListApiKeys.Item>>().Refuses("validation", "forbidden");
        keys.MapPost("", Create).Describe("CreateApiKey", "Makes a key for a program. The key is shown in this answer only.")
            .Produces<CreateApiKey.Response>(StatusCodes.Status201Created)
            .Refuses("validation", "forbidden", "proof_required", "too_many_api_keys");
        keys.MapDelete("/{id:int}", Revoke).Describe("RevokeApiKey", "Ends a key at once, on every server.")
            .Produces(StatusCodes.Status204NoContent).Refuses("forbidden", "not_found");
    }

    /// <param name="limit">1 to 500; 50 when left out.</param>
    /// <param name="cursor">The nextCursor of the page before.</param>
    private static Task<IResult> List(int? limit, string? cursor, IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(new ListApiKeys(limit ?? Paging.DefaultLimit, cursor), cancellationToken);

    private static Task<IResult> Create(CreateApiKey request, IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(request, key => TypedResults.Created($"/api/v1/api-keys/{key.Id}", key), cancellationToken);

    private static Task<IResult> Revoke(int id, IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(new RevokeApiKey(id), _ => TypedResults.NoContent(), cancellationToken);
}
