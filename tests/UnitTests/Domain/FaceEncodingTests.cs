using FaceId.Domain.Faces;

namespace FaceId.UnitTests.Domain;

public sealed class FaceEncodingTests
{
    [Test]
    public void A_person_has_at_most_as_many_faces_as_the_limit_says() => Assert.Multiple(() =>
    {
        Assert.That(Enrol(FaceEncoding.MaxPerUser - 1).IsError, Is.False);
        Assert.That(Enrol(FaceEncoding.MaxPerUser).FirstError, Is.EqualTo(FaceEncodingErrors.TooManyFaces));
    });

    private static ErrorOr.ErrorOr<FaceEncoding> Enrol(int alreadyEnrolled) =>
        FaceEncoding.Enrol(1, alreadyEnrolled, new SealedFace([1], FaceModels.Dlib, Second: null, Template: null), quality: 0.9, selfEnrolled: false, DateTimeOffset.UnixEpoch);
}
