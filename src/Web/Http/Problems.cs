using System.Globalization;
using ErrorOr;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace FaceId.Web.Http;

/// <summary>
/// The one place where errors become HTTP answers: problem details (RFC 9457) with a stable <c>code</c>. The table below is all
/// the codes there are; the OpenAPI document is made from it.
/// </summary>
internal static class Problems
{
    public const string ContentType = "application/problem+json";

    /// <summary>Code → status, and what it means for the documentation.</summary>
    public static readonly IReadOnlyDictionary<string, (int Status, string Title)> Catalog = new Dictionary<string, (int, string)>
    {
        ["validation"] = (StatusCodes.Status400BadRequest, "Something in the request breaks a rule"),
        ["image_unreadable"] = (StatusCodes.Status400BadRequest, "The image is damaged, incomplete or missing"),
        ["invalid_credentials"] = (StatusCodes.Status401Unauthorized, "Wrong e-mail address or password"),
        ["password_over"] = (StatusCodes.Status401Unauthorized, "A given password's time is over"),
        ["invalid_token"] = (StatusCodes.Status400BadRequest, "The token is unknown, used or over"),
        ["invalid_code"] = (StatusCodes.Status401Unauthorized, "The code is wrong, over or used"),
        ["invalid_passkey"] = (StatusCodes.Status401Unauthorized, "The passkey is unknown, or its answer does not fit the challenge"),
        ["invalid_refresh_token"] = (StatusCodes.Status401Unauthorized, "The refresh token is unknown, used or over"),
        ["face_not_recognised"] = (StatusCodes.Status401Unauthorized, "The face is not this account's"),
        ["unauthenticated"] = (StatusCodes.Status401Unauthorized, "No valid access token, API key or session"),
        ["forbidden"] = (StatusCodes.Status403Forbidden, "Not allowed for this account"),
        ["email_unverified"] = (StatusCodes.Status403Forbidden, "The account's address is not verified yet"),
        ["password_change_required"] = (StatusCodes.Status403Forbidden, "The person must choose a password of their own first"),
        ["mfa_setup_required"] = (StatusCodes.Status403Forbidden, "A second factor must be set up first"),
        ["mailed_token_required"] = (StatusCodes.Status403Forbidden, "The token mailed at the second factor's removal is needed"),
        ["proof_required"] = (StatusCodes.Status403Forbidden, "A fresh proof of identity is needed"),
        ["liveness_one_person"] = (StatusCodes.Status403Forbidden, "Liveness is of one person at a time"),
        ["liveness_required"] = (StatusCodes.Status403Forbidden, "A liveness session that passed is needed"),
        ["https_required"] = (StatusCodes.Status403Forbidden, "Only over https"),
        ["not_found"] = (StatusCodes.Status404NotFound, "No such thing"),
        ["method_not_allowed"] = (StatusCodes.Status405MethodNotAllowed, "This address does not take this method"),
        ["body_too_slow"] = (StatusCodes.Status408RequestTimeout, "The request body comes too slowly"),
        ["mfa_not_enabled"] = (StatusCodes.Status409Conflict, "The account has no second factor"),
        ["no_passkey"] = (StatusCodes.Status409Conflict, "The account has no passkey"),
        ["too_many_passkeys"] = (StatusCodes.Status409Conflict, "The person has as many passkeys as allowed"),
        ["mfa_setup_missing"] = (StatusCodes.Status409Conflict, "No second factor is being set up"),
        ["refresh_raced"] = (StatusCodes.Status409Conflict, "Another request was faster with this refresh token"),
        ["import_running"] = (StatusCodes.Status409Conflict, "Another import is at work"),
        ["email_taken"] = (StatusCodes.Status409Conflict, "Another account has this e-mail address"),
        ["consent_required"] = (StatusCodes.Status409Conflict, "The person has not agreed to have their face enrolled"),
        ["last_admin"] = (StatusCodes.Status409Conflict, "The last administrator must stay"),
        ["not_enrolled"] = (StatusCodes.Status409Conflict, "The person has no enrolled face"),
        ["identity_conflict"] = (StatusCodes.Status409Conflict, "The face is enrolled for another account"),
        ["photo_enrolled"] = (StatusCodes.Status409Conflict, "The photo is enrolled already"),
        ["too_many_faces"] = (StatusCodes.Status409Conflict, "The person has as many faces as allowed"),
        ["too_many_api_keys"] = (StatusCodes.Status409Conflict, "The person has as many API keys as allowed"),
        ["settings_changed"] = (StatusCodes.Status409Conflict, "Somebody else changed the settings meanwhile"),
        ["liveness_over"] = (StatusCodes.Status409Conflict, "The liveness session takes no frames any more"),
        ["liveness_unusable"] = (StatusCodes.Status409Conflict, "The liveness session does not serve for this"),
        ["user_inactive"] = (StatusCodes.Status409Conflict, "The account is deactivated"),
        ["image_too_large"] = (StatusCodes.Status413PayloadTooLarge, "Too many bytes or pixels"),
        ["body_too_large"] = (StatusCodes.Status413PayloadTooLarge, "The request body is too large"),
        ["image_format_unsupported"] = (StatusCodes.Status415UnsupportedMediaType, "Not an image format that is read here"),
        ["unsupported_media_type"] = (StatusCodes.Status415UnsupportedMediaType, "The body is not of the expected kind"),
        ["no_face"] = (StatusCodes.Status422UnprocessableEntity, "No face in the photo"),
        ["several_faces"] = (StatusCodes.Status422UnprocessableEntity, "More than one face in the photo"),
        ["liveness_out_of_order"] = (StatusCodes.Status422UnprocessableEntity, "The frames are not in order"),
        ["liveness_interrupted"] = (StatusCodes.Status422UnprocessableEntity, "Too long a time between two frames"),
        ["liveness_frame_repeated"] = (StatusCodes.Status422UnprocessableEntity, "A frame came twice"),
        ["liveness_another_person"] = (StatusCodes.Status422UnprocessableEntity, "The frames show two people"),
        ["liveness_several_faces"] = (StatusCodes.Status422UnprocessableEntity, "More than one face in a frame"),
        ["liveness_too_fast"] = (StatusCodes.Status422UnprocessableEntity, "Faster than a person moves"),
        ["liveness_cut"] = (StatusCodes.Status422UnprocessableEntity, "Two frames do not belong to one take"),
        ["liveness_wrong_turn"] = (StatusCodes.Status422UnprocessableEntity, "Another turn than was asked"),
        ["liveness_flat"] = (StatusCodes.Status422UnprocessableEntity, "The frames can be those of a flat picture"),
        ["liveness_too_many_frames"] = (StatusCodes.Status422UnprocessableEntity, "More frames than a session takes"),
        ["liveness_mismatch"] = (StatusCodes.Status422UnprocessableEntity, "The photo is not of the liveness session's face"),
        ["liveness_too_many_sessions"] = (StatusCodes.Status429TooManyRequests, "Too many liveness sessions are open"),
        ["face_too_small"] = (StatusCodes.Status422UnprocessableEntity, "The face has too few pixels"),
        ["blurred"] = (StatusCodes.Status422UnprocessableEntity, "The face is blurred"),
        ["too_dark"] = (StatusCodes.Status422UnprocessableEntity, "The face is too dark"),
        ["too_bright"] = (StatusCodes.Status422UnprocessableEntity, "The face is too bright"),
        ["low_contrast"] = (StatusCodes.Status422UnprocessableEntity, "The face has too little contrast"),
        ["extreme_pose"] = (StatusCodes.Status422UnprocessableEntity, "The head is turned too far"),
        ["partly_outside"] = (StatusCodes.Status422UnprocessableEntity, "A part of the face lies outside the photo"),
        ["too_many_attempts"] = (StatusCodes.Status429TooManyRequests, "Too many failed attempts in a row"),
        ["rate_limited"] = (StatusCodes.Status429TooManyRequests, "Too many requests"),
        ["internal_error"] = (StatusCodes.Status500InternalServerError, "A fault of the server"),
        ["faces_unreadable"] = (StatusCodes.Status500InternalServerError, "None of the person's enrolled faces can be read"),
        ["image_not_kept"] = (StatusCodes.Status503ServiceUnavailable, "The photo must be kept and cannot be"),
        ["gallery_not_ready"] = (StatusCodes.Status503ServiceUnavailable, "Not all enrolled faces are known to this server yet"),
        ["gallery_full"] = (StatusCodes.Status503ServiceUnavailable, "More faces are enrolled than this server may keep in memory"),
        ["busy"] = (StatusCodes.Status503ServiceUnavailable, "All workers are busy"),
        ["timeout"] = (StatusCodes.Status503ServiceUnavailable, "It took too long"),
        ["unavailable"] = (StatusCodes.Status503ServiceUnavailable, "The database does not answer"),
    };

    public static ProblemHttpResult From(List<Error> errors) => errors is [{ Code: "validation" }, ..]
        ? Validation(errors)
        : From(errors[0]);

    public static ProblemHttpResult From(Error error) => From(error.Code, error.Description, error.Metadata);

    public static ProblemHttpResult From(string code, string detail, IReadOnlyDictionary<string, object>? metadata = null)
    {
        var problem = Details(code, detail);
        if (metadata?.GetValueOrDefault("field") is string field)
        {
            problem.Extensions["field"] = field;
        }

        if (metadata?.GetValueOrDefault("userId") is int userId)
        {
            problem.Extensions["userId"] = userId;
        }

        if (metadata?.GetValueOrDefault("retryAfter") is TimeSpan retryAfter)
        {
            problem.Extensions["retryAfter"] = (int)Math.Ceiling(retryAfter.TotalSeconds);
        }

        // What was measured on a photo that is refused, and every limit that it crosses.
        foreach (var name in (string[])["quality", "crossed"])
        {
            if (metadata?.GetValueOrDefault(name) is { } value)
            {
                problem.Extensions[name] = value;
            }
        }

        return TypedResults.Problem(problem);
    }

    public static ProblemDetails Details(string code, string detail)
    {
        var (status, title) = Catalog[code];
        return new ProblemDetails
        {
            Type = $"urn:faceid:error:{code}",
            Title = title,
            Status = status,
            Detail = detail,
            Extensions = { ["code"] = code },
        };
    }

    private static ProblemHttpResult Validation(List<Error> errors)
    {
        var problem = Details("validation", string.Join(' ', errors.Select(error => error.Description).Distinct()));
        problem.Extensions["errors"] = errors
            .GroupBy(error => error.Metadata?.GetValueOrDefault("field") as string ?? "", error => error.Description)
            .ToDictionary(group => group.Key, group => group.ToArray());
        return TypedResults.Problem(problem);
    }

    /// <summary>Repeats <c>retryAfter</c> as the header that clients and proxies look for.</summary>
    public static void WriteRetryAfter(ProblemDetailsContext context)
    {
        if (context.ProblemDetails.Extensions.TryGetValue("retryAfter", out var seconds) && seconds is int value)
        {
            context.HttpContext.Response.Headers.RetryAfter = value.ToString(CultureInfo.InvariantCulture);
        }
    }
}
