using FaceId.Web.OpenApi;
using Microsoft.AspNetCore.Http.Features;

namespace FaceId.Web.Http;

/// <summary>
/// Waits until a JSON body is there, whole, before anything reads it: one that is too large or never ends is answered in words. Kestrel
/// alone would break the connection off before a client that is still sending has read why, and ASP.NET would wait for the rest of
/// a body after the time of its request is up.
/// </summary>
internal sealed class JsonBodies(RequestDelegate next)
{
    // Larger ones, where an address allows them, are for reading piece by piece.
    private const long LargestWhole = 1024 * 1024;

    public async Task InvokeAsync(HttpContext context)
    {
        if (Limit(context) is not { } limit)
        {
            await next(context);
            return;
        }

        context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = null;
        if (context.Request.ContentLength > limit || !await ArrivesAsync(context, limit))
        {
            await Problems.From("body_too_large", "The request body is too large for this address.").ExecuteAsync(context);
            return;
        }

        await next(context);
    }

    private static long? Limit(HttpContext context) =>
        context.Request.HasJsonContentType()
        && context.GetEndpoint() is { } endpoint && endpoint.Metadata.GetMetadata<PhotoFields>() is null
        && context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true }
        && context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false, MaxRequestBodySize: { } limit and <= LargestWhole }
            ? limit
            : null;

    /// <summary>Looks at the body without taking it, until it ends or is larger than allowed.</summary>
    private static async Task<bool> ArrivesAsync(HttpContext context, long limit)
    {
        var reader = context.Request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(context.RequestAborted);
            var length = read.Buffer.Length;
            reader.AdvanceTo(read.Buffer.Start, read.IsCompleted && length <= limit ? read.Buffer.Start : read.Buffer.End);
            if (length > limit || read.IsCompleted)
            {
                return length <= limit;
            }
        }
    }
}
