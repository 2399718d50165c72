using FaceId.Infrastructure.Search;

namespace FaceId.UnitTests.Search;

/// <summary>Every kind of instructions against the scalar reference, to the bit, and the bound against the distance.</summary>
public sealed unsafe class SearchKernelTests
{
    [Test]
    public void All_kernels_sum_the_same_squares([ValueSource(nameof(Paths))] object path, [Values(64, 192, 640)] int length)
    {
        var gallery = new Gallery(length, seed: length);
        var extremes = Enumerable.Repeat(sbyte.MinValue, length).ToArray();
        sbyte[][] templates = [gallery.Anything(), gallery.Anything(), gallery.Somebody(), extremes, [.. Enumerable.Repeat(sbyte.MaxValue, length)]];
        Assert.Multiple(() =>
        {
            foreach (var a in templates)
            {
                foreach (var b in templates)
                {
                    var probe = Array.ConvertAll(a, x => (short)x);
                    fixed (short* p = probe)
                    fixed (sbyte* q = b)
                        Assert.That(Squares((VectorPath)path, p, q, length), Is.EqualTo(Gallery.SquaredDistance(a, b)));
                }
            }
        });
    }

    [Test]
    public void All_kernels_name_the_same_faces([ValueSource(nameof(Paths))] object path, [Values(1, 6, 8, 16)] int vectors)
    {
        const int faces = 320;
        var random = new Random(vectors);
        var sketches = new byte[faces / IndexBlock.GroupFaces * (vectors + 1) * IndexBlock.VectorBytes];
        random.NextBytes(sketches);
        // Lengths are of seven bits, and no sum exceeds sixteen.
        for (var i = vectors * IndexBlock.VectorBytes; i < sketches.Length; i += (vectors + 1) * IndexBlock.VectorBytes)
        {
            for (var k = 0; k < IndexBlock.VectorBytes; k++)
                sketches[i + k] &= 127;
        }

        var weights = new uint[2 * vectors + 1];
        for (var i = 0; i < weights.Length; i++)
            weights[i] = (uint)((byte)random.Next(-25, 26) | (byte)random.Next(-25, 26) << 8) * 0x10001u;
        fixed (byte* s = sketches)
        fixed (uint* w = weights)
        {
            foreach (var threshold in new[] { short.MinValue + 1, -2000, 0, 1, 700, 2000, 9000, short.MaxValue })
            {
                var expected = Reached(VectorPath.Scalar, s, vectors, w, threshold, faces);
                Assert.That(Reached((VectorPath)path, s, vectors, w, threshold, faces), Is.EqualTo(expected), $"{threshold}");
            }
        }
    }

    [Test]
    public void A_sketch_rules_out_no_template_within_reach([Values(4, 16, 32, 64)] int coded, [Values] bool flat)
    {
        var gallery = new Gallery(256, seed: coded);
        var spread = Enumerable.Range(0, coded).Select(i => flat ? 0.06f : 0.4f / MathF.Sqrt(1 + i)).ToArray();
        var rule = new SketchRule(256, spread);
        var weights = new uint[SketchedProbe.WeightCount(rule)];
        var sketch = new byte[rule.Bytes];
        var ruledOut = 0;
        fixed (uint* w = weights)
        {
            for (var i = 0; i < 3000; i++)
            {
                var template = (i % 5) switch { 0 => gallery.Anything(), 1 => gallery.Somebody(flat, 128 + i % 100), _ => gallery.Somebody(flat) };
                var probe = (i % 7) switch { 0 => gallery.Anything(), 1 => gallery.Somebody(flat), 2 => template, _ => gallery.Like(template, 0.3 + i % 11 * 0.1) };
                var distance = Gallery.SquaredDistance(template, probe);
                var facts = rule.Sketch(template, sketch);
                var block = new IndexBlock(rule, 0, 0);
                block.Fill(1, 1, template, sketch, facts);
                var ready = SketchedProbe.Create(rule, probe, w);

                var reached = Reached(VectorPath.Scalar, block.Sketches, block.Vectors, w, ready.Threshold(block.Facts, distance), 64);

                Assert.That(reached, Does.Contain(0), $"{i}");
                ruledOut += Reached(VectorPath.Scalar, block.Sketches, block.Vectors, w, ready.Threshold(block.Facts, distance / 4), 64).Contains(0) ? 0 : 1;
                GC.KeepAlive(block);
            }
        }

        // The bound would be worth nothing if it never ruled out anybody.
        Assert.That(ruledOut, Is.GreaterThan(coded < 16 || flat && coded < 64 ? 10 : 1000));
    }

    [Test]
    public void Every_machine_has_the_reference_and_vectors_of_its_own() =>
        Assert.That(VectorPaths.Supported, Has.Count.GreaterThan(1).And.Contain(VectorPath.Scalar));

    private static IEnumerable<VectorPath> Paths => VectorPaths.Supported;

    private static int[] Reached(VectorPath path, byte* sketches, int vectors, uint* weights, int threshold, int faces)
    {
        var found = stackalloc int[faces];
        var count = path switch
        {
            VectorPath.Vector512 => Kernel512.WithinReach(sketches, vectors, weights, threshold, 0, faces, found),
            VectorPath.Vector256 => Kernel256.WithinReach(sketches, vectors, weights, threshold, 0, faces, found),
            VectorPath.Vector128 => Kernel128.WithinReach(sketches, vectors, weights, threshold, 0, faces, found),
            _ => ScalarKernel.WithinReach(sketches, vectors, weights, threshold, 0, faces, found),
        };
        return new Span<int>(found, count).ToArray();
    }

    private static int Squares(VectorPath path, short* probe, sbyte* template, int length) => path switch
    {
        VectorPath.Vector512 => Kernel512.SquaredDistance(probe, template, length),
        VectorPath.Vector256 => Kernel256.SquaredDistance(probe, template, length),
        VectorPath.Vector128 => Kernel128.SquaredDistance(probe, template, length),
        _ => ScalarKernel.SquaredDistance(probe, template, length),
    };
}
