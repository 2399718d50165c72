using FaceId.Infrastructure.Faces.Dlib;

namespace FaceId.UnitTests.Faces;

/// <summary>dlib's serialization format, and files that are not what they should be.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class DlibReaderTests
{
    [TestCase("0100", 0)]
    [TestCase("0105", 5)]
    [TestCase("8105", -5)]
    [TestCase("02FF01", 511)]
    [TestCase("83010203", -197121)]
    public void An_integer_is_a_control_byte_and_its_magnitude(string bytes, long expected) =>
        Assert.That(new DlibReader(Convert.FromHexString(bytes)).ReadInteger(), Is.EqualTo(expected));

    [TestCase("030AD7A3811C", 0.04f)]
    [TestCase("01000100", 0f)]
    [TestCase("8101810 1", -0.5f)]
    public void A_number_is_a_mantissa_and_an_exponent(string bytes, float expected) =>
        Assert.That(
            new DlibReader(Convert.FromHexString(bytes.Replace(" ", "", StringComparison.Ordinal))).ReadSingle(), Is.EqualTo(expected));

    [TestCase("00")]
    [TestCase("0900")]
    [TestCase("0401")]
    [TestCase("")]
    public void A_damaged_integer_is_refused(string bytes) =>
        Assert.Throws<InvalidDataException>(() => new DlibReader(Convert.FromHexString(bytes)).ReadInteger());

    [TestCase("dlib_face_recognition_resnet_model_v1.dat")]
    [TestCase("mmod_human_face_detector.dat")]
    public void A_network_that_was_cut_off_is_refused(string name)
    {
        var file = File.ReadAllBytes(Path.Combine(Testbed.ModelsFolder, name));
        foreach (var length in new[] { 0, 3, 100, file.Length / 2, file.Length - 1 })
        {
            Assert.Throws<InvalidDataException>(() => DlibNetwork.Read(file.AsSpan(0, length)), $"{length} bytes");
        }
    }

    [Test]
    public void A_network_is_not_taken_for_another()
    {
        var detector = DlibNetwork.Read(File.ReadAllBytes(Path.Combine(Testbed.ModelsFolder, "mmod_human_face_detector.dat")));
        Assert.Throws<InvalidDataException>(() => ResNetModel.From(detector));
        var landmarks = File.ReadAllBytes(Path.Combine(Testbed.ModelsFolder, "shape_predictor_5_face_landmarks.dat"));
        Assert.Throws<InvalidDataException>(() => DlibNetwork.Read(landmarks));
        Assert.Throws<InvalidDataException>(() => ShapePredictor.Read(landmarks.AsSpan(0, landmarks.Length / 2)));
    }
}
