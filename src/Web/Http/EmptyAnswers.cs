using Microsoft.AspNetCore.Diagnostics;

namespace FaceId.Web.Http;

/// <summary>Gives the framework's own refusals, which have no body, the shape of all others.</summary>
internal static class EmptyAnswers
{
    public static Task Complete(StatusCodeContext context)
    {
        var http = context.HttpContext;
        var problem = http.Response.StatusCode switch
        {
            StatusCodes.Status400BadRequest => Problems.From("validation", "The request cannot be read. Compare it with /openapi/v1.json."),
            StatusCodes.Status404NotFound => Problems.From("not_found", "There is nothing at this address. /openapi/v1.json lists what there is."),
            StatusCodes.Status405MethodNotAllowed => Problems.From(
                "method_not_allowed", $"This address does not take {http.Request.Method}. /openapi/v1.json lists what it takes."),
            StatusCodes.Status415UnsupportedMediaType => Problems.From(
                "unsupported_media_type", "Send the body as JSON with 'Content-Type: application/json'."),
            StatusCodes.Status413PayloadTooLarge => Problems.From("body_too_large", "The request body is too large for this address."),
            StatusCodes.Status408RequestTimeout => Problems.From(
                "body_too_slow", "The request body came too slowly. Send it again over a better connection."),
            _ => null,
        };

        return problem is null ? Task.CompletedTask : problem.ExecuteAsync(http);
    }
}
