using ErrorOr;

namespace FaceId.Domain.Faces;

public static class FaceEncodingErrors
{
    public static readonly Error NotFound = Error.NotFound(
        "not_found", "This person has no such face. List their faces with GET on the same path without the last part.");

    public static readonly Error TooManyFaces = Error.Conflict(
        "too_many_faces", $"A person can have {FaceEncoding.MaxPerUser} faces. Delete one first.");

    public static readonly Error NotSelfEnrolled = Error.Conflict(
        "not_enrolled", "A proof takes only faces that you enrolled yourself just after a proof with your second factor. Enrol one so, or prove yourself with a code.");

    public static readonly Error Unreadable = Error.Unexpected(
        "faces_unreadable", "None of this person's enrolled faces can be read: the server's log says why. Delete them and enrol again, or give the server the key that they were stored with.");

    public static readonly Error NotEnrolled = Error.Conflict(
        "not_enrolled", "This person has no enrolled face. Enrol one first with POST to their faces.");
}
