using ErrorOr;

namespace FaceId.Application.Common.Behaviours;

/// <summary>Makes an <c>ErrorOr</c> of a type known only at run time, so that a behaviour can refuse any request.</summary>
internal static class Refusal<TResponse>
    where TResponse : IErrorOr
{
    private static readonly Func<List<Error>, TResponse> Make = typeof(TResponse)
        .GetMethod(nameof(ErrorOr<>.From), [typeof(List<Error>)])!
        .CreateDelegate<Func<List<Error>, TResponse>>();

    public static TResponse From(params List<Error> errors) => Make(errors);
}
