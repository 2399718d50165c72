using ErrorOr;
using MediatR;

namespace FaceId.Web.Http;

/// <summary>Sends requests to their use cases and turns what comes back into HTTP.</summary>
internal static class UseCases
{
    /// <summary>Sends a request; <paramref name="success"/> makes the answer when it was not refused.</summary>
    public static async Task<IResult> Answer<T>(
        this IMediator mediator, IRequest<ErrorOr<T>> request, Func<T, IResult> success, CancellationToken cancellationToken)
    {
        var result = await mediator.Send(request, cancellationToken);
        return result.IsError ? Problems.From(result.Errors) : success(result.Value);
    }

    /// <summary>Sends a request whose answer goes out as it is.</summary>
    public static Task<IResult> Answer<T>(this IMediator mediator, IRequest<ErrorOr<T>> request, CancellationToken cancellationToken) =>
        mediator.Answer(request, value => TypedResults.Ok(value), cancellationToken);
}
