using System.Globalization;
using ErrorOr;

namespace FaceId.Application.Faces;

/// <summary>Why a photo is refused. Every code is stable; every sentence says what to do.</summary>
public static class FaceErrors
{
    public const string FaceTooSmall = "face_too_small";
    public const string Blurred = "blurred";
    public const string TooDark = "too_dark";
    public const string TooBright = "too_bright";
    public const string LowContrast = "low_contrast";
    public const string ExtremePose = "extreme_pose";
    public const string PartlyOutside = "partly_outside";

    public static readonly Error PhotoEnrolled = Error.Conflict("photo_enrolled", "The person has a template of this very photo. Enrol another one.");

    public static readonly Error ImageMissing = Error.NotFound("image_missing", "The kept photo is not in the data folder. Restore it from a backup.");

    public static Error ImageSealed(string why) => Error.Failure("image_sealed", $"The kept photo cannot be opened: {why}");

    public static readonly Error FaceChanged = Error.Conflict("face_changed", "The face was changed or erased while its photo was encoded. What is stored now stays.");

    public static Error NotSameFace(double distance) => Error.Conflict(
        "not_same_face",
        string.Create(CultureInfo.InvariantCulture, $"The face in the kept photo is not the one whose numbers are stored: they are {distance:0.00} apart. Delete the face and enrol its person again."));

    public static Error TemplateUnreadable(string why) => Error.Failure("template_unreadable", why);

    /// <param name="why">The end of a sentence.</param>
    public static Error ImageNotKept(string why) => Error.Failure(
        "image_not_kept",
        $"The photo must be kept and cannot be: {why} Nothing was enrolled. Tell whoever runs this server, and try again later.",
        new Dictionary<string, object> { ["retryAfter"] = TimeSpan.FromMinutes(1) });

    public static Error NoFace(int smallestFace) => Error.Failure(
        "no_face",
        $"No face was found. Send a photo in which one face is at least {smallestFace} pixels wide, upright and not covered.");

    public static Error SeveralFaces(int count) => Error.Failure(
        "several_faces",
        $"The photo shows {count} faces. Send a photo of one person only, or crop it.");

    /// <summary>The first limit gives the code; the text tells of all, so that the next photo can be right.</summary>
    /// <param name="crossed">At least one limit.</param>
    public static Error PoorQuality(FaceQuality face, IReadOnlyList<CrossedLimit> crossed) => Error.Failure(
        crossed[0].Code,
        string.Join(' ', crossed.DistinctBy(limit => limit.Code).Select(Advice)),
        new Dictionary<string, object> { ["quality"] = face, ["crossed"] = crossed });

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

    private static string Advice(CrossedLimit crossed) => crossed.Code switch
    {
        FaceTooSmall => string.Create(CultureInfo.InvariantCulture, $"The face is too small: {crossed.Value:0} pixels between the eyes, {crossed.Limit:0} are needed. Come closer, or send a larger photo."),
        Blurred => "The face is blurred. Hold the camera still, wipe its lens, and let it focus on the face.",
        TooDark => "The face is too dark. Turn towards a window or a lamp.",
        TooBright => "The face is too bright. Turn off the flash, or step out of the glaring light.",
        LowContrast => "The face is flat and grey. Wipe the lens, and avoid light from behind, fog and glass.",
        ExtremePose => "The head is turned too far. Look straight into the camera and hold the head upright.",
        PartlyOutside => "A part of the face lies outside the photo. Bring all of it into the picture.",
        _ => throw new ArgumentException($"'{crossed.Code}' is no reason to refuse a photo.", nameof(crossed)),
    };
}
