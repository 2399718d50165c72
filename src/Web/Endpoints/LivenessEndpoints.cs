using System.Globalization;
using FaceId.Application.Recognition.Liveness;
using FaceId.Web.Http;
using FaceId.Web.OpenApi;
using MediatR;

namespace FaceId.Web.Endpoints;

/// <summary>Showing that a living person is before the camera.</summary>
internal static class LivenessEndpoints
{
    public static void MapLiveness(this IEndpointRouteBuilder api)
    {
        var sessions = api.MapGroup("/liveness/sessions").WithTags("Liveness");
        sessions.MapPost("", Begin)
            .Describe("BeginLiveness", "Begins a liveness session: answers the head turns that the person before the camera is to show, in order. Left and right are the person's own.")
            .RequireRateLimiting(RateLimits.Liveness)
            .Produces<BeginLiveness.Response>(StatusCodes.Status201Created)
            .Refuses("validation", "forbidden", "not_found", "liveness_too_many_sessions", "too_many_attempts");
        sessions.MapPost("/{livenessId:guid}/frames", AddFrames)
            .Describe("AddLivenessFrames", "Takes the next frames of a liveness session and answers what to show next. Frames are not kept. A refusal ends the session.")
            .TakesFrames().Produces<AddLivenessFrames.Response>()
            .Refuses(
                "validation", "image_unreadable", "image_too_large", "image_format_unsupported", "busy", "forbidden", "not_found", "liveness_over", "liveness_out_of_order",
                "liveness_interrupted", "liveness_frame_repeated", "liveness_another_person", "liveness_several_faces", "liveness_too_fast", "liveness_cut",
                "liveness_wrong_turn", "liveness_flat", "liveness_too_many_frames");
    }

    private static Task<IResult> Begin(BeginLiveness request, IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(request, session => TypedResults.Created($"/api/v1/liveness/sessions/{session.Id}", session), cancellationToken);

    private static async Task<IResult> AddFrames(Guid livenessId, PhotoUploads uploads, IMediator mediator, CancellationToken cancellationToken)
    {
        using var parts = uploads.ExpectFrames(AddLivenessFrames.MaxAtOnce);
        var times = Numbers(await parts.TextAsync("times", cancellationToken));
        var nonce = await parts.TextAsync("nonce", cancellationToken);
        return await mediator.Answer(
            new AddLivenessFrames(livenessId, nonce, times, [.. Enumerable.Range(1, times?.Count ?? 0).Select(number => parts.Field(Frame(number)))]),
            cancellationToken);
    }

    /// <summary>The field of a frame: frame1, frame2 and so on.</summary>
    public static string Frame(int number) => string.Create(CultureInfo.InvariantCulture, $"frame{number}");

    /// <returns>Null when a part is no number, or there are more than frames can come.</returns>
    private static List<int>? Numbers(string? text)
    {
        var parts = text?.Split(',', AddLivenessFrames.MaxAtOnce + 1, StringSplitOptions.TrimEntries) ?? [];
        var numbers = new List<int>(parts.Length);
        foreach (var part in parts)
        {
            if (!int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                return null;
            }

            numbers.Add(number);
        }

        return numbers;
    }
}
