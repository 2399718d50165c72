using FaceId.Web.OpenApi;
using FaceId.Web.Startup;
using Microsoft.AspNetCore.Http.Timeouts;

namespace FaceId.Web.Http;

/// <summary>By when a request of the API is answered, at the latest by saying that it took too long.</summary>
internal static class RequestTimes
{
    /// <summary>The policy of answers that may be long, and are written while they are read.</summary>
    public const string Export = "export";

    private const string Ordinary = "ordinary";
    private const string WithPhotos = "photos";

    public static IServiceCollection AddRequestTimes(this IServiceCollection services, RequestLimits limits) =>
        services.AddRequestTimeouts(options => options
            .AddPolicy(Ordinary, Within(limits.Request))
            .AddPolicy(WithPhotos, Within(limits.PhotoRequest))
            .AddPolicy(Export, Within(limits.ExportRequest)));

    /// <summary>Gives every endpoint of a group its time, but those that have one of their own.</summary>
    public static void WithRequestTimes(this IEndpointConventionBuilder group) => group.Finally(endpoint =>
        endpoint.Metadata.Insert(0, new RequestTimeoutAttribute(TakesPhotos(endpoint.Metadata) ? WithPhotos : Ordinary)));

    private static bool TakesPhotos(IList<object> door) => door.OfType<PhotoFields>().Any() || door.OfType<ProofBody>().Any() || door.OfType<FramesBody>().Any();

    private static RequestTimeoutPolicy Within(TimeSpan time) => new()
    {
        Timeout = time,
        TimeoutStatusCode = StatusCodes.Status503ServiceUnavailable,
        WriteTimeoutResponse = context => Problems.From(
            "timeout",
            "The request was not done in time. Try again in a few seconds; a photo may have to be smaller.",
            new Dictionary<string, object> { ["retryAfter"] = TimeSpan.FromSeconds(5) }).ExecuteAsync(context),
    };
}
