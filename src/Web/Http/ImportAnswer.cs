using System.Text.Json;
using System.Text.Json.Serialization;
using ErrorOr;
using FaceId.Application.Users.Imports;

namespace FaceId.Web.Http;

/// <summary>
/// Answers an import in lines of JSON while its body still arrives: how far it is, at most once a second, and what is refused. The last
/// line is of the event <c>done</c>, <c>stopped</c> or <c>failed</c>; an answer without one broke off.
/// </summary>
internal sealed class ImportAnswer(HttpResponse response, string contentType, TimeProvider time) : IImportObserver
{
    /// <summary>A caller that does not read while it sends must not hold up its own import.</summary>
    public const int MaxListed = 1000;

    private static readonly TimeSpan Often = TimeSpan.FromSeconds(1);

    private long _last;
    private int _listed;

    public async ValueTask HearAsync(ImportProgress progress, IReadOnlyList<ImportRefusal> refused, CancellationToken cancellationToken)
    {
        foreach (var refusal in refused.Take(MaxListed - _listed))
        {
            _listed++;
            await WriteAsync(new ImportLine("refused") { Line = refusal.Line, Code = refusal.Code, Detail = refusal.Detail }, cancellationToken);
        }

        if (_last == 0 || time.GetElapsedTime(_last) > Often)
        {
            _last = time.GetTimestamp();
            var counts = progress.Counts;
            await WriteAsync(
                new ImportLine("progress") { Entries = counts.Entries, People = counts.People, Faces = counts.Faces, KnownFaces = counts.Known, Refused = counts.Refused },
                cancellationToken);
            await response.Body.FlushAsync(cancellationToken);
        }
    }

    public Task EndAsync(ErrorOr<ImportPeople.Response> result, CancellationToken cancellationToken) => WriteAsync(
        result.IsError
            ? new ImportLine("failed") { Code = result.FirstError.Code, Detail = result.FirstError.Description }
            : new ImportLine(result.Value.StoppedAtLine is null ? "done" : "stopped")
            {
                Line = result.Value.StoppedAtLine,
                Entries = result.Value.Entries,
                People = result.Value.People,
                Faces = result.Value.Faces,
                KnownFaces = result.Value.KnownFaces,
                Refused = result.Value.Refused,
                DryRun = result.Value.DryRun,
            },
        cancellationToken);

    private async Task WriteAsync(ImportLine line, CancellationToken cancellationToken)
    {
        if (!response.HasStarted)
        {
            response.ContentType = contentType;
        }

        await response.WriteAsync(JsonSerializer.Serialize(line, Options) + "\n", cancellationToken);
    }

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };
}

/// <param name="Event">progress, refused, and at the end one of done, stopped (by strict) and failed.</param>
internal sealed record ImportLine(string Event)
{
    /// <summary>Of the refused entry.</summary>
    public long? Line { get; init; }

    /// <summary>Why, stable.</summary>
    public string? Code { get; init; }

    public string? Detail { get; init; }

    public long? Entries { get; init; }

    /// <summary>New accounts.</summary>
    public long? People { get; init; }

    /// <summary>New faces.</summary>
    public long? Faces { get; init; }

    /// <summary>Faces that were there already.</summary>
    public long? KnownFaces { get; init; }

    /// <summary>Refused entries, of which the first thousand are listed.</summary>
    public long? Refused { get; init; }

    public bool? DryRun { get; init; }
}
