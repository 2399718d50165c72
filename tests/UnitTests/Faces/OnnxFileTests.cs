using FaceId.Domain.Faces;
using FaceId.Infrastructure.Configuration;
using FaceId.Infrastructure.Faces;
using FaceId.Infrastructure.Faces.Fusion;
using FaceId.Infrastructure.Faces.Mobile;
using FaceId.Infrastructure.Faces.Onnx;

namespace FaceId.UnitTests.Faces;

/// <summary>What becomes of model files that are not what they should be.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class OnnxFileTests
{
    /// <summary>Operators come first in the file, then the numbers.</summary>
    private const int OperatorBytes = 10_000;

    private static readonly byte[] Feature = File.ReadAllBytes(Path.Combine(Testbed.ModelsFolder, FeatureNetwork.File));
    private static readonly byte[] Liveness = File.ReadAllBytes(Path.Combine(Testbed.ModelsFolder, LivenessNetwork.File));

    [Test]
    public void A_file_that_is_cut_off_is_refused([Values(0, 1, 9, 100, 5_000, 1_000_000, 4_884_000)] int length) =>
        Assert.Throws<InvalidDataException>(() => Load(Feature.AsSpan(0, length)));

    [Test]
    public void A_file_of_something_else_is_refused()
    {
        Assert.Throws<InvalidDataException>(() => Load(Liveness), "another network");
        Assert.Throws<InvalidDataException>(() => new LivenessNetwork(OnnxGraph.Read(Feature)).Dispose(), "another network");
        Assert.Throws<InvalidDataException>(() => Load(File.ReadAllBytes(Path.Combine(Testbed.ModelsFolder, "mmod_human_face_detector.dat"))), "dlib's");
        Assert.Throws<InvalidDataException>(() => Load("<html>404</html>"u8), "a page");
    }

    /// <summary>The file is refused, or taken as it is where the damage is in a name; nothing else comes of it.</summary>
    [Test]
    public void A_wrong_byte_among_the_operators_does_not_break_the_start()
    {
        var random = new Random(5);
        var refused = 0;
        for (var i = 0; i < 60; i++)
        {
            var file = (byte[])Liveness.Clone();
            file[random.Next(OperatorBytes)] ^= (byte)(1 << random.Next(8));
            refused += IsRefused(() => OnnxGraph.Read(file)) ? 1 : 0;
        }

        Assert.That(refused, Is.GreaterThan(20));
    }

    [Test]
    public void An_operator_that_works_otherwise_is_refused([Values("strides", "pads", "group", "dilations")] string attribute, [Values(-1, 0, 3, int.MaxValue)] int value)
    {
        var graph = OnnxGraph.Read(Liveness);
        var convolutions = graph.Nodes.Index().Where(node => node.Item.Integers.ContainsKey(attribute)).ToList();
        Assert.That(convolutions, Has.Count.GreaterThan(10));
        foreach (var (index, node) in convolutions.Where(node => node.Item.Integers[attribute].All(number => number != value)))
        {
            var other = node with { Integers = new Dictionary<string, IReadOnlyList<long>>(node.Integers) { [attribute] = [value] } };
            Assert.That(IsRefused(() => graph with { Nodes = [.. graph.Nodes.Take(index), other, .. graph.Nodes.Skip(index + 1)] }), Is.True, $"operator {index}: {attribute} {value}");
        }
    }

    [Test]
    public void A_missing_operator_or_number_is_refused()
    {
        var graph = OnnxGraph.Read(Liveness);

        // All but those that work out how a map of one pixel is laid out as a list, which is known anyway.
        foreach (var (i, node) in graph.Nodes.Index().Where(node => node.Item.Operator is not ("Shape" or "Constant" or "Gather" or "Unsqueeze" or "Concat")))
        {
            Assert.That(IsRefused(() => graph with { Nodes = [.. graph.Nodes.Take(i), .. graph.Nodes.Skip(i + 1)] }), Is.True, $"operator {i}: {node.Operator}");
        }

        foreach (var name in graph.Nodes.SelectMany(node => node.Inputs).Where(name => graph.Tensors.TryGetValue(name, out var tensor) && tensor.Values.Length > 0))
        {
            Assert.That(IsRefused(() => graph with { Tensors = graph.Tensors.Where(tensor => tensor.Key != name).ToDictionary() }), Is.True, name);
        }
    }

    [TestCase(FeatureNetwork.File)]
    [TestCase(LivenessNetwork.File)]
    public void A_damaged_or_missing_file_is_named_at_the_start_with_what_to_do(string name)
    {
        using var folder = new ModelsWithout(name);
        var missing = Assert.ThrowsAsync<StartupException>(() => FaceModelSet.LoadAsync(folder.Options, CancellationToken.None));
        File.WriteAllBytes(Path.Combine(folder.Path, name), File.ReadAllBytes(Path.Combine(Testbed.ModelsFolder, name))[..100_000]);
        var damaged = Assert.ThrowsAsync<StartupException>(() => FaceModelSet.LoadAsync(folder.Options, CancellationToken.None));

        Assert.That(missing.Message, Does.Contain(name).And.Contain("is missing").And.Contain("build/models.sh"));
        Assert.That(damaged.Message, Does.Contain(name).And.Contain("is damaged").And.Contain("build/models.sh"));
    }

    [Test]
    public async Task The_file_of_a_network_that_is_switched_off_is_not_needed()
    {
        using var noFeature = new ModelsWithout(FeatureNetwork.File);
        using var noLiveness = new ModelsWithout(LivenessNetwork.File);
        noFeature.Options.SecondModel = SecondModel.Off;
        noLiveness.Options.PassiveLiveness = PassiveLiveness.Off;
        using var dlib = await FaceModelSet.LoadAsync(noFeature.Options, CancellationToken.None);
        using var active = await FaceModelSet.LoadAsync(noLiveness.Options, CancellationToken.None);

        Assert.That((dlib.Feature, active.Liveness), Is.EqualTo(((FeatureNetwork?)null, (LivenessNetwork?)null)));
        Assert.That((dlib.Liveness, active.Feature), Is.Not.EqualTo(((LivenessNetwork?)null, (FeatureNetwork?)null)));
    }

    [Test]
    public void A_template_is_the_same_whether_a_face_or_its_mirror_image_comes_first()
    {
        var random = new Random(3);
        float[] Some(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
        float[] dlib = Some(FaceModels.DlibLength), mirrored = Some(FaceModels.DlibLength), second = Some(FaceModels.SecondLength);
        var fusion = TemplateFusion.Load();

        var template = fusion.Fuse(dlib, mirrored, second);

        Assert.That(fusion.Fuse(mirrored, dlib, second).InSteps.ToArray(), Is.EqualTo(template.InSteps.ToArray()));
        Assert.That(fusion.Fuse(dlib, dlib, second).InSteps.ToArray(), Is.Not.EqualTo(template.InSteps.ToArray()), "The mirror image must count.");
        Assert.That(fusion.Fuse(dlib, mirrored, Some(FaceModels.SecondLength)).InSteps.ToArray(), Is.Not.EqualTo(template.InSteps.ToArray()), "The second opinion must count.");
    }

    private static void Load(ReadOnlySpan<byte> file) => new FeatureNetwork(OnnxGraph.Read(file)).Dispose();

    private static bool IsRefused(Func<OnnxGraph> read)
    {
        try
        {
            new LivenessNetwork(read()).Dispose();
            return false;
        }
        catch (InvalidDataException)
        {
            return true;
        }
    }

    /// <summary>A folder of links to the models, all but one.</summary>
    private sealed class ModelsWithout : IDisposable
    {
        public ModelsWithout(string name)
        {
            foreach (var file in Directory.EnumerateFiles(Testbed.ModelsFolder).Where(file => System.IO.Path.GetFileName(file) != name))
            {
                File.CreateSymbolicLink(System.IO.Path.Combine(Path, System.IO.Path.GetFileName(file)), file);
            }
        }

        public string Path { get; } = Directory.CreateTempSubdirectory("faceid-models-").FullName;

        public FaceEngineOptions Options => field ??= new FaceEngineOptions { ModelsFolder = Path };

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
