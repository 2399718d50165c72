using FaceId.Application.Faces;
using FaceId.Infrastructure.Faces;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace FaceId.UnitTests.Faces;

/// <summary>The whole way from file to distance, over every pair of the johns photos.</summary>
internal sealed class PairDecisionTests
{
    private const double DlibThreshold = 0.6;

    /// <summary>How far a distance may lie from dlib's.</summary>
    private const double ThoroughTolerance = 0.01;

    [TestCase(true)]
    [TestCase(false)]
    public async Task All_pairs_of_johns_are_decided_as_dlib_decides_them(bool thorough)
    {
        using var engine = new FaceEngine(
            Options.Create(new FaceEngineOptions { ModelsFolder = Testbed.ModelsFolder }), TimeProvider.System, NullLogger<FaceEngine>.Instance);
        var photos = Testbed.Golden("johns.json").EnumerateArray().ToArray();
        var ours = new float[photos.Length][];
        var dlibs = new float[photos.Length][];
        for (var i = 0; i < photos.Length; i++)
        {
            var file = Testbed.Example(Path.Combine("johns", photos[i].GetProperty("photo").GetString()!));
            var analysis = await engine.AnalyseAsync(file, new AnalysisOptions(thorough, EncodeFaces.WhenSingle), CancellationToken.None);
            Assert.That(analysis.IsError, Is.False);
            Assert.That(analysis.Value.Faces, Has.Count.EqualTo(1));
            ours[i] = analysis.Value.Faces[0].Opinions!.Dlib.Values.ToArray();
            dlibs[i] = photos[i].GetProperty("detections")[0].GetProperty("descriptor").ToFloats();
        }

        int accepted = 0, refused = 0, decidedOtherwise = 0;
        double worst = 0, sum = 0;
        for (var i = 0; i < photos.Length; i++)
        {
            for (var j = i + 1; j < photos.Length; j++)
            {
                double our = Testbed.Distance(ours[i], ours[j]), dlib = Testbed.Distance(dlibs[i], dlibs[j]);
                decidedOtherwise += our < DlibThreshold == dlib < DlibThreshold ? 0 : 1;
                accepted += our < DlibThreshold ? 1 : 0;
                refused += our < DlibThreshold ? 0 : 1;
                worst = Math.Max(worst, Math.Abs(our - dlib));
                sum += Math.Abs(our - dlib);
            }
        }

        TestContext.Out.WriteLine($"{accepted} accepted, {refused} refused; distances differ from dlib's by {sum / (accepted + refused):0.0000} on average, {worst:0.0000} at most");
        Assert.That(decidedOtherwise, Is.Zero);
        if (thorough)
        {
            Assert.That(worst, Is.LessThan(ThoroughTolerance));
        }
    }
}
