using FaceId.Domain.Faces;

namespace FaceId.UnitTests.Domain;

public sealed class FaceVectorTests
{
    [Test]
    public void The_distance_is_Euclidean() =>
        Assert.That(Vector(3, 0).DistanceTo(Vector(0, 4)), Is.EqualTo(5));

    [Test]
    public void Vectors_of_two_models_are_not_compared() =>
        Assert.That(() => Vector(1, 2).DistanceTo(new FaceVector("another", new float[] { 1, 2 })), Throws.ArgumentException);

    [TestCase(float.NaN)]
    [TestCase(float.PositiveInfinity)]
    public void Numbers_that_are_not_finite_are_refused(float value) =>
        Assert.That(() => Vector(1, value), Throws.ArgumentException);

    [Test]
    public void A_vector_needs_numbers() => Assert.That(() => Vector(), Throws.ArgumentException);

    private static FaceVector Vector(params float[] values) => new(FaceModels.Dlib, values);
}
