using System.Globalization;
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

    public static readonly Error NotFinite = Error.Validation("not_finite", "One of the numbers is not finite.");

    public static readonly Error ZeroVector = Error.Validation("zero_vector", "All numbers are zero: no face gives that.");

    public static readonly Error NotDlibDirection = Error.Validation(
        "not_dlib", "These numbers cannot be dlib's: they point where no face does. They are in another order, or another network made them. Enrol the photos.");

    public static Error WrongLength(int length) => Error.Validation(
        "wrong_length", $"There are {length} numbers, and dlib's vectors have {FaceModels.DlibLength}. Vectors of other networks cannot be taken over; enrol the photos.");

    public static Error NotDlibLength(double length, double shortest, double longest) => Error.Validation(
        "not_dlib",
        string.Create(CultureInfo.InvariantCulture, $"The vector is {length:0.###} long, and dlib's are between {shortest} and {longest}. Another network made it, or it was scaled to unit length since. Enrol the photos."));
}
