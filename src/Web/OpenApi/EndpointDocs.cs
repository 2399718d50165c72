using FaceId.Web.Http;

namespace FaceId.Web.OpenApi;

/// <summary>What an endpoint says of itself for the OpenAPI document.</summary>
internal static class EndpointDocs
{
    // What every endpoint can answer besides its own refusals.
    private static readonly string[] Always = ["https_required", "rate_limited", "internal_error", "timeout", "unavailable"];
    private static readonly string[] SignedIn = ["unauthenticated", "email_unverified", "mfa_setup_required", "password_change_required"];

    private static readonly string[] OfBodies = ["body_too_large", "body_too_slow", "unsupported_media_type"];

    private static readonly string[] OfPhotos =
    [
        "validation", "image_unreadable", "image_too_large", "image_format_unsupported", "no_face", "several_faces", "busy",
        "face_too_small", "blurred", "too_dark", "too_bright", "low_contrast", "extreme_pose", "partly_outside",
    ];

    public static RouteHandlerBuilder Describe(this RouteHandlerBuilder builder, string name, string summary) =>
        builder.WithName(name).WithSummary(summary);

    /// <summary>The codes of <see cref="Problems.Catalog"/> with which this endpoint may refuse, beside those that any may.</summary>
    public static RouteHandlerBuilder Refuses(this RouteHandlerBuilder builder, params string[] codes) =>
        builder.WithMetadata(new Refusals([.. codes, .. Always]));

    /// <summary>The same for an endpoint that takes photos.</summary>
    public static RouteHandlerBuilder RefusesPhotos(this RouteHandlerBuilder builder, params string[] codes) =>
        builder.Refuses([.. OfPhotos, .. codes]);

    /// <summary>The multipart fields that hold photos; a single photo may be the raw body as well.</summary>
    public static RouteHandlerBuilder TakesPhotos(this RouteHandlerBuilder builder, params string[] fields) =>
        builder.WithMetadata(new PhotoFields(fields));

    /// <summary>A body of lines, read while it arrives, of one of these media types.</summary>
    public static RouteHandlerBuilder TakesLines(this RouteHandlerBuilder builder, params string[] types) =>
        builder.WithMetadata(new LineBody(types));

    /// <summary>A proof of identity: as JSON, or as multipart fields with a photo.</summary>
    public static RouteHandlerBuilder TakesProof(this RouteHandlerBuilder builder) => builder.WithMetadata(new ProofBody());

    /// <summary>Frames of a film, with their times and a nonce.</summary>
    public static RouteHandlerBuilder TakesFrames(this RouteHandlerBuilder builder) => builder.WithMetadata(new FramesBody());

    /// <param name="anonymous">Whether the endpoint is open to callers without a token.</param>
    /// <param name="body">Whether it takes a body.</param>
    public static IEnumerable<string> Codes(this Refusals refusals, bool anonymous, bool body) =>
        refusals.Values.Concat(anonymous ? [] : SignedIn).Concat(body ? OfBodies : []).Distinct();
}

internal sealed record Refusals(IReadOnlyList<string> Values);

internal sealed record ProofBody;

internal sealed record FramesBody;

internal sealed record LineBody(IReadOnlyList<string> Types);

internal sealed record PhotoFields(IReadOnlyList<string> Names);
