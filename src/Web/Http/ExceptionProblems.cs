using ErrorOr;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Diagnostics;
using Npgsql;

namespace FaceId.Web.Http;

/// <summary>
/// Answers exceptions: a malformed request is the client's to mend, a database that is away is told as such, anything else is a
/// bug of ours, logged whole and shown as no more than that.
/// </summary>
internal sealed partial class ExceptionProblems(ILogger<ExceptionProblems> logger) : IExceptionHandler
{
    private static readonly Error BodyTooLarge = Error.Validation("body_too_large", "The request body is too large for this address.");
    private static readonly Error BodyTooSlow = Error.Validation("body_too_slow", "The request body came too slowly. Send it again over a better connection.");

    /// <summary>Why a body cannot be read on, for an answer that has begun.</summary>
    public static Error OfBody(BadHttpRequestException exception) => exception.StatusCode switch
    {
        StatusCodes.Status413PayloadTooLarge => BodyTooLarge,
        StatusCodes.Status408RequestTimeout => BodyTooSlow,
        _ => BadRequests.Explain(exception)[0],
    };

    public async ValueTask<bool> TryHandleAsync(HttpContext context, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is ConnectionResetException || (exception is OperationCanceledException && context.RequestAborted.IsCancellationRequested))
        {
            // Nobody is there to read an answer; the status is for our own log.
            context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            return true;
        }

        var problem = exception switch
        {
            BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => Problems.From(BodyTooLarge),
            BadHttpRequestException { StatusCode: StatusCodes.Status415UnsupportedMediaType } =>
                Problems.From("unsupported_media_type", "Send the body as JSON with 'Content-Type: application/json'."),
            BadHttpRequestException { StatusCode: StatusCodes.Status408RequestTimeout } => Problems.From(BodyTooSlow),
            BadHttpRequestException bad => Problems.From(BadRequests.Explain(bad)),
            _ when HoldsNul(exception) => Problems.From("validation", "A text holds a NUL character, which no text here may."),
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

    /// <summary>PostgreSQL cannot store the one character of Unicode that ends texts elsewhere.</summary>
    private static bool HoldsNul(Exception exception) =>
        exception.GetBaseException() is PostgresException { SqlState: PostgresErrorCodes.CharacterNotInRepertoire };

    [LoggerMessage(EventId = 300, Level = LogLevel.Error, Message = "{Method} {Endpoint} failed")]
    private static partial void LogFailed(ILogger logger, string method, string? endpoint, Exception exception);
}
