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
    public void All_kernels_name_the_same_faces([ValueSource(nameof(Paths))] object path, [Values(0, 8, 16, 64)] int columns)
    {
        const int units = 5;
        var random = new Random(columns);
        var codes = new byte[(columns + 2) * units * ISearchKernel.VectorBytes];
        random.NextBytes(codes);
        // No sum of so many exceeds sixteen bits; what is added last may, and then saturates.
        var worth = new short[(columns + 2) * SketchRule.Levels];
        for (var i = 0; i < columns * SketchRule.Levels; i++)
            worth[i] = (short)random.Next(-500, 501);
        for (var i = 0; i < SketchRule.Levels; i++)
            worth[(columns + 1) * SketchRule.Levels + i] = (short)-random.Next(700);
        foreach (var threshold in new[] { short.MinValue, -3000, -1, 0, 1000, short.MaxValue })
        {
            for (var i = 0; i < SketchRule.Levels; i++)
                worth[columns * SketchRule.Levels + i] = (short)Math.Clamp(threshold + i * 37, short.MinValue, short.MaxValue);
            var expected = Reached(VectorPath.Scalar, codes, worth, columns, units);
            Assert.That(Reached((VectorPath)path, codes, worth, columns, units), Is.EqualTo(expected), $"{threshold}");
            if (threshold == 0)
                Assert.That(expected, Is.Not.Empty);
        }
    }

    [Test]
    public void A_sketch_rules_out_no_template_within_reach([Values(64, 256)] int dimensions, [Values] bool flat)
    {
        var gallery = new Gallery(dimensions, seed: dimensions);
        var spread = Enumerable.Range(0, dimensions).Select(i => flat ? 1 / MathF.Sqrt(dimensions) : 0.4f / MathF.Sqrt(1 + i)).ToArray();
        var rule = new SketchRule(spread);
        var codes = new byte[rule.Codes];
        var ruledOut = 0;
        for (var i = 0; i < 3000; i++)
        {
            var template = (i % 5) switch { 0 => gallery.Anything(), 1 => gallery.Somebody(flat, 128 + i % 100), _ => gallery.Somebody(flat) };
            var probe = (i % 7) switch { 0 => gallery.Anything(), 1 => gallery.Somebody(flat), 2 => template, _ => gallery.Like(template, 0.3 + i % 11 * 0.1) };
            var squared = rule.Sketch(template, codes);
            // Others in the block are shorter and longer, but for every third.
            var facts = new BlockFacts();
            if (i % 3 > 0)
                facts.Widen(squared * 9 / 10);
            codes[^1] = (byte)facts.Widen(squared);
            if (i % 3 > 0)
                facts.Widen(squared + squared / 7);
            var distance = Gallery.SquaredDistance(template, probe);

            // The plan is made for other distances too: it decides what is looked at, not what is true.
            foreach (var planned in new[] { distance, distance / 2, 2 * distance, 0, int.MaxValue })
            {
                var plan = new SketchPlan(rule, probe, planned);
                Assert.That(Sum(plan, codes, facts, distance), Is.GreaterThanOrEqualTo(0), $"{i}, {planned}");
                ruledOut += Sum(plan, codes, facts, distance / 3) < 0 ? 1 : 0;
            }
        }

        // The bound would be worth nothing if it never ruled out anybody.
        Assert.That(ruledOut, Is.GreaterThan(1000));

        int Sum(SketchPlan plan, byte[] sketch, BlockFacts facts, int distance)
        {
            Span<short> errors = stackalloc short[SketchRule.Levels];
            Span<short> lengths = stackalloc short[SketchRule.Levels];
            plan.Threshold(facts, distance, errors, lengths);
            var sum = errors[sketch[rule.Coded]] + lengths[sketch[^1]];
            for (var column = 0; column < plan.Columns.Length; column++)
                sum += plan.Worth[column * SketchRule.Levels + sketch[plan.Columns[column]]];
            return sum;
        }
    }

    [Test]
    public void What_codes_are_worth_never_leaves_sixteen_bits([Values] bool flat)
    {
        var gallery = new Gallery(256, seed: 9);
        var rule = new SketchRule([.. Enumerable.Range(0, 256).Select(i => flat ? 1 / 16f : 0.4f / MathF.Sqrt(1 + i))]);
        for (var i = 0; i < 200; i++)
        {
            var plan = new SketchPlan(rule, i % 2 == 0 ? gallery.Somebody(flat) : gallery.Anything(), 70_000);
            var most = Enumerable.Range(0, plan.Columns.Length)
                .Sum(column => plan.Worth.AsSpan(column * SketchRule.Levels, SketchRule.Levels).ToArray().Max(worth => Math.Abs((int)worth)));
            Assert.That(most, Is.LessThanOrEqualTo(24_000));
            Assert.That(plan.Columns, Is.Unique);
        }
    }

    [Test]
    public void Every_machine_has_the_reference_and_vectors_of_its_own() =>
        Assert.That(VectorPaths.Supported, Has.Count.GreaterThan(1).And.Contain(VectorPath.Scalar));

    private static IEnumerable<VectorPath> Paths => VectorPaths.Supported;

    private static int[] Reached(VectorPath path, byte[] codes, short[] worth, int columns, int units) => path switch
    {
        VectorPath.Vector512 => Reached<Kernel512>(codes, worth, columns, units),
        VectorPath.Vector256 => Reached<Kernel256>(codes, worth, columns, units),
        VectorPath.Vector128 => Reached<Kernel128>(codes, worth, columns, units),
        _ => Reached<ScalarKernel>(codes, worth, columns, units),
    };

    private static int[] Reached<TKernel>(byte[] codes, short[] worth, int columns, int units)
        where TKernel : ISearchKernel
    {
        var column = units * ISearchKernel.VectorBytes;
        var starts = Enumerable.Range(0, columns + SketchPlan.Step).Select(i => i % (columns + 2) * column).ToArray();
        var tables = new byte[(columns + 2) * ISearchKernel.VectorBytes];
        var sums = new short[units * ISearchKernel.UnitFaces];
        var found = new int[sums.Length];
        fixed (byte* c = codes, t = tables)
        fixed (int* s = starts, f = found)
        fixed (short* sum = sums)
        {
            for (var i = 0; i <= columns + 1; i++)
                TKernel.WriteTable(worth.AsSpan(i * SketchRule.Levels, SketchRule.Levels), t + i * ISearchKernel.VectorBytes);
            for (var i = 0; i < columns; i += SketchPlan.Step)
                TKernel.Add(c, s + i, t + i * ISearchKernel.VectorBytes, sum, units, i == 0);
            var last = t + columns * ISearchKernel.VectorBytes;
            var count = TKernel.Reached(c + columns * column, c + (columns + 1) * column, last, columns == 0 ? null : sum, units, 1000, f);
            return [.. found.Take(count).Order()];
        }
    }

    private static int Squares(VectorPath path, short* probe, sbyte* template, int length) => path switch
    {
        VectorPath.Vector512 => Kernel512.SquaredDistance(probe, template, length),
        VectorPath.Vector256 => Kernel256.SquaredDistance(probe, template, length),
        VectorPath.Vector128 => Kernel128.SquaredDistance(probe, template, length),
        _ => ScalarKernel.SquaredDistance(probe, template, length),
    };
}
