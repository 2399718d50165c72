using ErrorOr;

namespace FaceId.Application.Recognition.Liveness;

/// <summary>Why a liveness session is refused, or a request that needs one. Every code is stable; every sentence says what to do.</summary>
public static class LivenessErrors
{
    private const string Again = "Begin a new session with POST /api/v1/liveness/sessions";

    public static readonly Error OutOfOrder = Refusal(
        "liveness_out_of_order", "The frames are not in the order and time in which they were taken. {0} and send each frame as it is taken, with its time in milliseconds.");

    public static readonly Error Interrupted = Refusal(
        "liveness_interrupted", "More than three seconds passed between two frames. {0} and send at least two frames a second.");

    public static readonly Error Repeated = Refusal("liveness_frame_repeated", "A frame came twice. {0} and send each frame once.");

    public static readonly Error AnotherPerson = Refusal("liveness_another_person", "The frames show two people. {0}; one person alone must be seen from beginning to end.");

    public static readonly Error SeveralFaces = Refusal("liveness_several_faces", "A frame shows more than one face. {0}; nobody else may be in the picture.");

    public static readonly Error TooFast = Refusal("liveness_too_fast", "The head moved faster than a person turns it. {0} and turn slowly.");

    public static readonly Error Cut = Refusal("liveness_cut", "Two frames in a row do not fit together. {0}; film without a break, with steady light.");

    public static readonly Error WrongTurn = Refusal("liveness_wrong_turn", "The head turned to another side than was asked. {0} and follow the steps; left and right are the person's own.");

    public static readonly Error Flat = Refusal("liveness_flat", "The frames can be those of a flat picture that is tilted. {0}; keep the camera still and turn the head itself, with light on the whole face.");

    public static readonly Error TooManyFrames = Refusal("liveness_too_many_frames", "The session has had all the frames it takes. {0}; five frames a second are enough.");

    /// <summary>Nobody is told whether somebody else has such a session.</summary>
    public static readonly Error NotFound = Error.NotFound("not_found", "You have no such liveness session. " + Again + ".");

    public static readonly Error Over = Error.Conflict("liveness_over", "This liveness session has passed, was refused or its time is up. " + Again + ".");

    public static readonly Error Nonce = Error.Validation(
        "validation", "Send the nonce that came with the session, unchanged.", new Dictionary<string, object> { ["field"] = "nonce" });

    public static readonly Error Required = Error.Forbidden(
        "liveness_required", "This needs a liveness session that passed. " + Again + ", send frames until it passes, and give its id as livenessSession.");

    public static readonly Error OnePerson = Error.Forbidden(
        "liveness_one_person", "A liveness session shows one person, so nobody can vouch that all faces of a group are alive. Leave out all=true, and identify one person after the other.");

    public static readonly Error Unusable = Error.Conflict(
        "liveness_unusable", "This liveness session does not serve here: it must be yours, for this person and purpose, passed a short while ago and not used yet. " + Again + ".");

    public static readonly Error Mismatch = Error.Failure(
        "liveness_mismatch", "The photo does not show the face of the liveness session. Send a photo taken in the same minute, or a frame of the session; the session is used up. " + Again + ".");

    public static readonly Error TooManySessions = Error.Failure(
        "liveness_too_many_sessions", "So many liveness sessions without a person are open that no more can begin. Try again when some of them have ended, in a minute.",
        new Dictionary<string, object> { ["retryAfter"] = TimeSpan.FromMinutes(1) });

    private static Error Refusal(string code, string sentence) => Error.Failure(code, string.Format(System.Globalization.CultureInfo.InvariantCulture, sentence, Again));
}
