using ErrorOr;

namespace FaceId.Application.Faces;

/// <summary>Why a photo is refused. Every code is stable; every sentence says what to do.</summary>
public static class FaceErrors
{
    public static Error NoFace(int smallestFace) => Error.Failure(
        "no_face",
        $"No face was found. Send a photo in which one face is at least {smallestFace} pixels wide, upright and not covered.");

    public static Error SeveralFaces(int count) => Error.Failure(
        "several_faces",
        $"The photo shows {count} faces. Send a photo of one person only, or crop it.");

    public static Error ImageUnreadable(string what) => Error.Validation(
        "image_unreadable",
        $"The image cannot be read: {what} Send a complete JPEG, PNG, WebP, BMP or GIF file.");

    public static Error ImageFormatUnsupported(string format) => Error.Validation(
        "image_format_unsupported",
        $"{format} Send JPEG, PNG, WebP, BMP or GIF.");

    public static Error ImageTooLarge(string limit) => Error.Validation(
        "image_too_large",
        $"The image is too large: {limit} Send a smaller one; 640 pixels across a portrait are enough.");

    /// <param name="userId">Whose face it is, for those who may know.</param>
    public static Error IdentityConflict(int? userId = null) => Error.Conflict(
        "identity_conflict",
        userId is { } id
            ? $"This face is enrolled for user {id}. If two people look so much alike, enrol it with ?allowDuplicate=true."
            : "This face is enrolled for another account. If that is wrong, ask an operator.",
        userId is { } known ? new Dictionary<string, object> { ["userId"] = known } : null);

    /// <param name="retryAfter">How long the caller should wait before the next try.</param>
    public static Error Busy(TimeSpan retryAfter) => Error.Failure(
        "busy",
        $"All workers are busy and the queue is full. Try again in {retryAfter.TotalSeconds:0} s.",
        new Dictionary<string, object> { ["retryAfter"] = retryAfter });
}
