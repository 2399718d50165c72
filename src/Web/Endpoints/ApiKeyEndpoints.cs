using FaceId.Application.Common;
using FaceId.Application.Users.ApiKeys;
using FaceId.Web.Http;
using FaceId.Web.OpenApi;
using MediatR;

namespace FaceId.Web.Endpoints;

/// <summary>The keys of programs.</summary>
internal static class ApiKeyEndpoints
{
    public static void MapApiKeys(this IEndpointRouteBuilder api)
    {
        var keys = api.MapGroup("/api-keys").WithTags("Administration");
        keys.MapPost("", Create).Describe("CreateApiKey", "Makes a key for a program. It is shown this once.")
            .Produces<CreateApiKey.Response>(StatusCodes.Status201Created).Refuses("validation", "forbidden", "proof_required", "too_many_api_keys");
        keys.MapGet("", List).Describe("ListApiKeys", "Lists the keys of programs in the order they were made.")
            .Produces<Page<ListApiKeys.Item>>().Refuses("validation", "forbidden");
        keys.MapDelete("/{id:int}", Revoke).Describe("RevokeApiKey", "Ends a key at once.")
            .Produces(StatusCodes.Status204NoContent).Refuses("forbidden", "not_found");
    }

    private static Task<IResult> Create(CreateApiKey request, IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(request, key => TypedResults.Created($"/api/v1/api-keys/{key.Id}", key), cancellationToken);

    private static Task<IResult> List(int? limit, string? cursor, IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(new ListApiKeys(limit ?? Paging.DefaultLimit, cursor), cancellationToken);

    private static Task<IResult> Revoke(int id, IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(new RevokeApiKey(id), _ => TypedResults.NoContent(), cancellationToken);
}
