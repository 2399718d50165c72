using ErrorOr;
using FaceId.Application.Users.Imports;
using FaceId.Infrastructure.Users.Imports;
using FaceId.Web.Http;
using FaceId.Web.OpenApi;
using FaceId.Web.Startup;
using MediatR;
using Microsoft.AspNetCore.Http.Features;

namespace FaceId.Web.Endpoints;

/// <summary>People and their faces from elsewhere, many in one request.</summary>
internal static class ImportEndpoints
{
    private const string Jsonl = "application/x-ndjson";
    private const string Csv = "text/csv";

    public static void MapImports(this IEndpointRouteBuilder api) => api.MapPost("/users/import", Import).WithTags("People")
        .Describe("ImportUsers", "Takes over people and their faces, as JSON Lines or CSV. Answers a line after each batch, and one of the event 'done' when all is.")
        .TakesLines(Jsonl, Csv).Produces<ImportLine>(StatusCodes.Status200OK, Jsonl)
        .Refuses("validation", "forbidden", "import_running").WithRequestTimeout(RequestTimes.Export);

    /// <param name="dryRun">Only say what would be taken and what refused.</param>
    /// <param name="strict">Stop at the first refused entry.</param>
    /// <param name="consent">What you say of the consent of those who come with a face; none when left out.</param>
    private static async Task<IResult> Import(
        bool? dryRun,
        bool? strict,
        Choice<ImportConsent>? consent,
        HttpContext http,
        RequestLimits limits,
        TimeProvider time,
        IMediator mediator,
        CancellationToken cancellationToken)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = null;
        }

        var answer = new ImportAnswer(http.Response, Jsonl, time);
        ErrorOr<ImportPeople.Response> result;
        try
        {
            result = await mediator.Send(
                new ImportPeople(Source(http.Request, limits), new ImportOptions(dryRun ?? false, strict ?? false, Consent: consent?.Value ?? ImportConsent.None), answer),
                cancellationToken);
        }
        catch (BadHttpRequestException exception) when (http.Response.HasStarted)
        {
            result = ExceptionProblems.OfBody(exception);
        }

        if (result.IsError && !http.Response.HasStarted)
        {
            return Problems.From(result.Errors);
        }

        await answer.EndAsync(result, cancellationToken);
        return Results.Empty;
    }

    private static IPeopleSource Source(HttpRequest request, RequestLimits limits)
    {
        var body = new LimitedBody(request, limits.ImportBytes);
        var type = request.ContentType?.Split(';')[0].Trim().ToLowerInvariant();
        return type switch
        {
            Jsonl or "application/jsonl" or "application/x-jsonlines" or "application/jsonlines" => PeopleFiles.Receive(body, PeopleFormat.Jsonl, request.ContentLength),
            Csv => PeopleFiles.Receive(body, PeopleFormat.Csv, request.ContentLength),
            _ => new UnsupportedSource(),
        };
    }

    /// <summary>Says so only to those who may import at all.</summary>
    private sealed class UnsupportedSource : IPeopleSource
    {
        public string? Identity => null;

        public IAsyncEnumerable<PeopleBatch> ReadAsync(long skip, CancellationToken cancellationToken) => throw new ImportSourceException(
            Error.Validation("unsupported_media_type", $"Send people as JSON Lines ('Content-Type: {Jsonl}') or CSV ('Content-Type: {Csv}')."));
    }
}
