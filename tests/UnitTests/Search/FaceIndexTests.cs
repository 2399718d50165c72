using FaceId.Infrastructure.Search;

namespace FaceId.UnitTests.Search;

public sealed class FaceIndexTests
{
    private const int Everybody = int.MaxValue;

    private static IEnumerable<TestCaseData> PathsAndDimensions =>
        from path in VectorPaths.Supported
        from dimensions in new[] { 64, 128, 256, 320, 640 }
        select new TestCaseData(path, dimensions);

    [TestCaseSource(nameof(PathsAndDimensions))]
    public void Every_search_finds_what_comparing_all_faces_finds(object path, int dimensions)
    {
        var index = new FaceIndex(dimensions, path: (VectorPath)path);
        var gallery = new Gallery(dimensions, seed: dimensions);
        // Clusters of several photos a person, strangers in all directions, and templates of other lengths or of none.
        for (var face = 1; face <= 3000;)
        {
            var user = face;
            var somebody = gallery.Somebody(flat: face % 3 == 0, length: face % 50 == 0 ? 100 : FaceIndex.Unit);
            gallery.Add(index, face++, user, somebody);
            for (var photo = gallery.Next(4); photo > 0; photo--)
                gallery.Add(index, face++, user, gallery.Like(somebody, 0.6));
        }

        gallery.Add(index, 4001, 4001, new sbyte[dimensions]);
        gallery.Add(index, 4002, 4002, gallery.Anything());

        Assert.Multiple(() =>
        {
            foreach (var probe in Probes(gallery))
            {
                foreach (var (limit, distance) in new[] { (1, 1.0), (5, 0.7), (5, 1.3), (40, 2.0), (10_000, 0.9) })
                    AssertSame(index, gallery, probe, limit, (int)(distance * distance * 65536));
                AssertSame(index, gallery, probe, 3, Everybody);
                AssertSame(index, gallery, probe, 3, 0);
            }
        });
    }

    [Test]
    public void Blocks_of_templates_of_one_length_rule_out_no_one_within_reach([ValueSource(nameof(Paths))] object path)
    {
        var index = new FaceIndex(256, path: (VectorPath)path);
        var gallery = new Gallery(256, seed: 5);
        for (var face = 1; face <= 20_000; face++)
            gallery.Add(index, face, (face + 3) / 4, face % 4 == 1 ? gallery.Somebody() : gallery.Like(gallery.Faces[face - 1].Template, 0.5));

        Assert.Multiple(() =>
        {
            for (var i = 0; i < 12; i++)
            {
                var enrolled = gallery.Faces[1 + gallery.Next(20_000)].Template;
                foreach (var probe in new[] { enrolled, gallery.Like(enrolled, 0.8), gallery.Somebody() })
                {
                    AssertSame(index, gallery, probe, 5, 65536);
                    AssertSame(index, gallery, probe, 5, 2 * 65536);
                    AssertSame(index, gallery, probe, 1, Everybody);
                }
            }
        });
    }

    [Test]
    public void Many_probes_at_once_find_what_each_finds_alone([Values(1, 2, 5)] int threads)
    {
        var index = new FaceIndex(128);
        var gallery = new Gallery(128, seed: 3);
        for (var face = 1; face <= 40_000; face++)
            index.Add(face, face / 2 + 1, gallery.Somebody());
        var probes = Enumerable.Range(0, 20).Select(_ => gallery.Somebody()).ToArray();

        var alone = probes.Select(probe => index.Search(probe, 7, Everybody)).ToArray();

        Assert.Multiple(() =>
        {
            Assert.That(index.SearchBatch(probes, 7, Everybody, threads), Is.EqualTo(alone));
            Assert.That(probes.Select(probe => index.Search(probe, 7, Everybody, threads)), Is.EqualTo(alone));
            Assert.That(index.SearchBatch([], 7, Everybody, threads), Is.Empty);
        });
    }

    [Test]
    public void An_empty_index_finds_nobody()
    {
        var index = new FaceIndex(64);

        Assert.Multiple(() =>
        {
            Assert.That(index.Search(new sbyte[64], 10, Everybody), Is.Empty);
            Assert.That(index.Search(new sbyte[64], 10, Everybody, threads: 4), Is.Empty);
            Assert.That(index.Count, Is.Zero);
            Assert.That(index.Remove(1), Is.False);
            Assert.That(index.RemoveUser(1), Is.Zero);
        });
    }

    [Test]
    public void A_person_appears_once_by_the_nearest_face()
    {
        var index = new FaceIndex(64);
        index.Add(1, 7, Only(10));
        index.Add(2, 7, Only(4));
        index.Add(3, 7, Only(20));
        index.Add(4, 8, Only(5));

        Assert.That(index.Search(Only(0), 10, Everybody), Is.EqualTo([new FaceMatch(2, 7, 16), new FaceMatch(4, 8, 25)]));
    }

    [Test]
    public void Of_equally_near_faces_the_lowest_number_comes_first()
    {
        var index = new FaceIndex(64);
        foreach (var face in new[] { 9, 3, 12, 5 })
            index.Add(face, face == 12 ? 1 : 100 - face, Only(3));
        index.Add(4, 1, Only(3));

        Assert.Multiple(() =>
        {
            Assert.That(index.Search(Only(3), 2, 0).Select(match => match.FaceId), Is.EqualTo([3, 4]));
            Assert.That(index.Search(Only(3), 9, 0).Select(match => match.FaceId), Is.EqualTo([3, 4, 5, 9]));
        });
    }

    [Test]
    public void The_greatest_distance_is_still_within()
    {
        var index = new FaceIndex(64);
        index.Add(1, 1, Only(10));

        Assert.Multiple(() =>
        {
            Assert.That(index.Search(Only(0), 1, 100), Has.Length.EqualTo(1));
            Assert.That(index.Search(Only(0), 1, 99), Is.Empty);
            Assert.That(index.Search(Only(0), 1, 100)[0].Distance, Is.EqualTo(10 / 256.0));
        });
    }

    [Test]
    public void A_face_that_is_added_again_replaces_the_one_before()
    {
        var index = new FaceIndex(64);
        index.Add(1, 7, Only(10));
        index.Add(1, 8, Only(20));

        Assert.Multiple(() =>
        {
            Assert.That(index.Count, Is.EqualTo(1));
            Assert.That(index.Search(Only(10), 10, Everybody), Is.EqualTo([new FaceMatch(1, 8, 100)]));
            Assert.That(index.RemoveUser(7), Is.Zero);
        });
    }

    [Test]
    public void What_is_removed_is_found_no_more_and_the_rest_still_is()
    {
        var index = new FaceIndex(64);
        var gallery = new Gallery(64, seed: 11);
        for (var face = 1; face <= 500; face++)
            gallery.Add(index, face, 1 + face / 5, gallery.Somebody());
        var probe = gallery.Somebody();

        for (var i = 0; i < 40; i++)
        {
            gallery.Remove(index, 1 + gallery.Next(500));
            gallery.RemoveUser(index, 1 + gallery.Next(100));
            AssertSame(index, gallery, probe, 1000, Everybody);
        }

        Assert.That(index.Count, Is.EqualTo(gallery.Faces.Count));
    }

    [Test]
    public void Removing_and_adding_for_ever_keeps_the_memory_and_loses_nobody()
    {
        var index = new FaceIndex(64);
        var gallery = new Gallery(64, seed: 12);
        var templates = Enumerable.Range(0, 100).Select(_ => gallery.Somebody()).ToArray();
        for (var face = 1; face <= 50_000; face++)
            gallery.Add(index, face, face, templates[face % 100]);
        var before = index.Bytes;
        var next = 50_001;

        for (var i = 0; i < 150_000; i++)
        {
            var face = 1 + gallery.Next(next - 1);
            gallery.Remove(index, face);
            if (gallery.Faces.Count < 50_000)
                gallery.Add(index, next++, face, templates[face % 100]);
        }

        Assert.Multiple(() =>
        {
            Assert.That(index.Count, Is.EqualTo(50_000));
            Assert.That(index.Bytes, Is.LessThan(1.8 * before));
            AssertSame(index, gallery, templates[0], 100_000, Everybody);
        });
    }

    [Test]
    public void When_all_faces_are_gone_so_is_the_memory()
    {
        var index = new FaceIndex(64);
        for (var face = 1; face <= 100_000; face++)
            index.Add(face, face, Only((sbyte)(face % 100)));
        for (var face = 1; face <= 100_000; face++)
            index.Remove(face);

        Assert.Multiple(() =>
        {
            Assert.That(index.Count, Is.Zero);
            Assert.That(index.Bytes, Is.LessThan(5_000_000));
            Assert.That(index.Search(Only(0), 1, Everybody), Is.Empty);
        });
    }

    [Test]
    public void A_face_of_256_components_takes_less_than_350_bytes()
    {
        var index = new FaceIndex(256);
        var template = new Gallery(256, seed: 1).Somebody();
        for (var face = 1; face <= 200_000; face++)
            index.Add(face, face, template);

        Assert.That(index.Bytes / 200_000.0, Is.LessThan(350));
    }

    [Test]
    public void Wrong_arguments_are_refused()
    {
        var index = new FaceIndex(128);

        Assert.Multiple(() =>
        {
            foreach (var dimensions in new[] { 0, 63, 100, 704, -64 })
                Assert.That(() => new FaceIndex(dimensions), Throws.InstanceOf<ArgumentException>(), $"{dimensions}");
            Assert.That(() => new FaceIndex(64, new float[5]), Throws.InstanceOf<ArgumentException>());
            Assert.That(() => index.Add(1, 1, new sbyte[64]), Throws.ArgumentException);
            Assert.That(() => index.Add(0, 1, new sbyte[128]), Throws.InstanceOf<ArgumentException>());
            Assert.That(() => index.Add(1, 0, new sbyte[128]), Throws.InstanceOf<ArgumentException>());
            Assert.That(() => index.Search(new sbyte[127], 1, 1), Throws.ArgumentException);
            Assert.That(() => index.SearchBatch([new sbyte[128], new sbyte[129]], 1, 1), Throws.ArgumentException);
            Assert.That(() => index.Search(new sbyte[128], 0, 1), Throws.InstanceOf<ArgumentException>());
            Assert.That(() => index.Search(new sbyte[128], 1, -1), Throws.InstanceOf<ArgumentException>());
            Assert.That(() => index.Search(new sbyte[128], 1, 1, threads: 0), Throws.InstanceOf<ArgumentException>());
            Assert.That(index.Count, Is.Zero);
        });
    }

    [Test]
    public void A_cancelled_search_ends()
    {
        var index = new FaceIndex(64);
        index.Add(1, 1, Only(1));

        Assert.That(() => index.Search(Only(1), 1, 1, cancellation: new CancellationToken(canceled: true)), Throws.InstanceOf<OperationCanceledException>());
    }

    private static IEnumerable<VectorPath> Paths => VectorPaths.Supported;

    private static IEnumerable<sbyte[]> Probes(Gallery gallery)
    {
        yield return gallery.Somebody();
        yield return gallery.Somebody(flat: true);
        yield return gallery.Like(gallery.Faces[17].Template, 0.7);
        yield return gallery.Faces[100].Template;
        yield return gallery.Anything();
        yield return new sbyte[gallery.Dimensions];
        yield return [.. Enumerable.Repeat(sbyte.MinValue, gallery.Dimensions)];
    }

    private static void AssertSame(FaceIndex index, Gallery gallery, sbyte[] probe, int limit, int maximum) =>
        Assert.That(index.Search(probe, limit, maximum), Is.EqualTo(gallery.Nearest(probe, limit, maximum)), $"limit {limit}, maximum {maximum}");

    private static sbyte[] Only(sbyte first)
    {
        var template = new sbyte[64];
        template[0] = first;
        return template;
    }
}
