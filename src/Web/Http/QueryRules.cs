using System.Net;
using System.Text;
using System.Text.Unicode;
using ErrorOr;
using FaceId.Domain.Common;

namespace FaceId.Web.Http;

/// <summary>
/// Refuses query strings of the API that two readers could read differently: a parameter given twice, of which one program takes
/// the first and another the last, a NUL, at which some texts end, and bytes that are no text.
/// </summary>
internal sealed class QueryRules(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context) =>
        context.Request.QueryString.HasValue
        && context.Request.Path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase)
        && Broken(context.Request) is { } error
            ? Problems.From([error]).ExecuteAsync(context)
            : next(context);

    private static Error? Broken(HttpRequest request)
    {
        var encoded = Encoding.UTF8.GetBytes(request.QueryString.Value!);
        if (!Utf8.IsValid(WebUtility.UrlDecodeToBytes(encoded, 0, encoded.Length)))
        {
            return Error.Validation("validation", "The query string is not in UTF-8.");
        }

        foreach (var (given, values) in request.Query)
        {
            var name = Named.Briefly(given);
            if (values.Count > 1)
            {
                return Invalid.Field(name, $"Give the parameter '{name}' once.");
            }

            if (given.Contains('\0', StringComparison.Ordinal) || values.ToString().Contains('\0', StringComparison.Ordinal))
            {
                return Invalid.Field(name, $"The parameter '{name}' holds a NUL character.");
            }
        }

        return null;
    }
}
