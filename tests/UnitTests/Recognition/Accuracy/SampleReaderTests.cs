using ErrorOr;
using FaceId.Application.Faces;
using FaceId.Application.Recognition.Accuracy;
using FaceId.Domain.Faces;

namespace FaceId.UnitTests.Recognition.Accuracy;

public sealed class SampleReaderTests
{
    private string _file = "";

    [SetUp]
    public void SetUp() => _file = Path.GetTempFileName();

    [TearDown]
    public void TearDown() => File.Delete(_file);

    [Test]
    public async Task Of_several_faces_the_one_nearest_to_the_centre_is_taken_where_that_is_asked_for()
    {
        // The picture is 100 wide: the second face is in its middle.
        var engine = new Faces(Face(0, 1), Face(45, 2), Face(70, 3));

        var refused = await ReadAsync(engine, nearestCentre: false);
        Assert.That((refused.Refusal, refused.Sample), Is.EqualTo(("several_faces", (FaceSample?)null)));

        var taken = await ReadAsync(engine, nearestCentre: true);
        Assert.That((taken.Refusal, taken.Sample!.Vector.Values.Span[0]), Is.EqualTo(("several_faces", 2f)));
    }

    [Test]
    public async Task One_face_is_a_sample_and_none_is_a_refusal()
    {
        var one = await ReadAsync(new Faces(Face(0, 7)), nearestCentre: false);
        Assert.That((one.Refusal, one.Sample!.Person, one.Sample.Vector.Values.Span[0]), Is.EqualTo(((string?)null, "a", 7f)));
        Assert.That((one.Sample.Quality, one.Sample.QualityBand), Is.EqualTo(((double?)1, "0.9 and more")));

        var dark = await ReadAsync(new Faces(Face(0, 7) with { Quality = new FaceQuality(0.95, 60, 1, 0, 0.01, 0.2, 0, 0, 0, 0, 0, 0, 0, 1) }), nearestCentre: false);
        Assert.That(dark.Sample!.QualityBand, Is.EqualTo("too_dark"));

        Assert.That((await ReadAsync(new Faces(), nearestCentre: true)).Refusal, Is.EqualTo("no_face"));
    }

    [Test]
    public async Task A_model_that_the_engine_does_not_have_is_refused()
    {
        var read = await new SampleReader(new Faces(Face(0, 1)), "other", nearestCentre: false)
            .ReadAsync([new KnownPhoto("a", _file)], cache: null, new Progress<int>(), CancellationToken.None);

        Assert.That(read.FirstError.Code, Is.EqualTo("model_unknown"));
    }

    private async Task<SampledPhoto> ReadAsync(IFaceEngine engine, bool nearestCentre) =>
        (await new SampleReader(engine, Samples.Model, nearestCentre).ReadAsync([new KnownPhoto("a", _file)], cache: null, new Progress<int>(), CancellationToken.None)).Value.Single();

    private static DetectedFace Face(int x, float value) => new(
        new FaceBox(x, 45, 10, 10),
        1,
        [],
        new FaceOpinions(new FaceVector(Samples.Model, new[] { value }), Second: null, Template: null),
        new FaceQuality(1, 60, 1, 0, 0.5, 0.2, 0, 0, 0, 0, 0, 0, 0, 1));

    /// <summary>An engine that finds these faces in every photo.</summary>
    private sealed class Faces(params DetectedFace[] faces) : IFaceEngine
    {
        public bool IsWarm => true;

        public bool GivesTemplates => false;

        public Task WarmUpAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task<ErrorOr<PhotoAnalysis>> AnalyseAsync(ReadOnlyMemory<byte> photo, AnalysisOptions options, CancellationToken cancellationToken)
        {
            var encoded = options.Encode == EncodeFaces.All || faces.Length == 1 ? faces : [.. faces.Select(face => face with { Opinions = null })];
            return Task.FromResult<ErrorOr<PhotoAnalysis>>(
                new PhotoAnalysis(100, 100, new ScanInfo(Thorough: false, 100, 10), encoded, new StageTimings(0, 0, 0, 0, 0)));
        }
    }
}
