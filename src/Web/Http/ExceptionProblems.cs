using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Diagnostics;
using Npgsql;

namespace FaceId.Web.Http;

/// <summary>
/// Answers exceptions: a malformed request is the client's to mend, a database that is away is told as such, anything else is a
/// bug of ours, logged whole and shown as no more than that.
/// </summary>
internal sealed partial class ExceptionProblems(ILogger<ExceptionProblems> logger) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext context, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is OperationCanceledException && context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to read an answer; the status is for our own log.
            context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            return true;
        }

        var problem = exception switch
        {
            BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } =>
                Problems.From("body_too_large", "The request body is too large for this address."),
            BadHttpRequestException { StatusCode: StatusCodes.Status415UnsupportedMediaType } =>
                Problems.From("unsupported_media_type", "Send the body as JSON with 'Content-Type: application/json'."),
            JsonException json => Problems.From("validation", Sentence(new BadHttpRequestException("JSON", json))),
            BadHttpRequestException bad => Problems.From("validation", Sentence(bad)),
            _ when IsDatabaseAway(exception) => Problems.From(
                "unavailable",
                "The database does not answer. Try again in a few seconds.",
                new Dictionary<string, object> { ["retryAfter"] = TimeSpan.FromSeconds(5) }),
            _ => Problems.From("internal_error", "Something went wrong on the server. Its log has the details under this request's trace id."),
        };

        if (problem.StatusCode >= StatusCodes.Status500InternalServerError)
        {
            LogFailed(logger, context.Request.Method, context.GetEndpoint()?.DisplayName, exception);
        }

        context.Response.StatusCode = problem.StatusCode;
        await problem.ExecuteAsync(context);
        return true;
    }

    private static bool IsDatabaseAway(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (exception is NpgsqlException { IsTransient: true }
                or PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName or PostgresErrorCodes.InvalidPassword })
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Says in plain words what ASP.NET could not bind.</summary>
    private static string Sentence(BadHttpRequestException exception)
    {
        if (exception.InnerException is JsonException { Path: { } path } json)
        {
            return path.Length > 2
                ? $"The JSON field '{path.TrimStart('$', '.')}' has a value of the wrong kind."
                : $"The body is not valid JSON (line {json.LineNumber + 1}, byte {json.BytePositionInLine + 1}).";
        }

        return Parameter().Match(exception.Message) is { Success: true } match
            ? $"The value of '{match.Groups["name"].Value}' is not one that can be read."
            : "The request cannot be read. Compare it with /openapi/v1.json.";
    }

    [LoggerMessage(EventId = 300, Level = LogLevel.Error, Message = "{Method} {Endpoint} failed")]
    private static partial void LogFailed(ILogger logger, string method, string? endpoint, Exception exception);

    [GeneratedRegex("parameter \"\\S+ (?<name>\\w+)\"", RegexOptions.CultureInvariant)]
    private static partial Regex Parameter();
}
