using FaceId.Application.Faces;
using FaceId.Domain.Faces;
using FaceId.FunctionalTests.Support;
using FaceId.Infrastructure.Search;

namespace FaceId.FunctionalTests.Gallery;

/// <summary>What is found, by numbers that no photo gives so exactly.</summary>
public sealed class SearchTests
{
    private SharedDatabase _database = null!;

    [SetUp]
    public async Task SetUpAsync() => _database = await SharedDatabase.CreateAsync();

    [TearDown]
    public Task TearDownAsync() => _database.DropAsync();

    [Test]
    public async Task Faces_with_a_template_are_compared_by_it_and_others_by_dlib()
    {
        await using var node = await Node.StartAsync(_database.Url);
        var (modern, old) = (await _database.PersonAsync(), await _database.PersonAsync());
        var fused = await _database.EnrolAsync(node, modern, new FaceOpinions(Vector(Numbers.Somebody(1)), null, Numbers.Template(2)));
        var dlib = await _database.EnrolAsync(node, old, new FaceOpinions(Vector(Numbers.Somebody(3)), null, null));
        await Eventually.IsAsync(2, () => Task.FromResult(node.Gallery.State.Faces));

        var both = new FaceOpinions(Vector(Numbers.SomebodyLike(3, 1)), null, Numbers.TemplateLike(2, 1));
        var found = (await node.Gallery.SearchAsync([both], new GalleryQuery(10, new GalleryReach(1.0, 0.5)), CancellationToken.None)).Value[0];

        Assert.Multiple(async () =>
        {
            Assert.That(found.Select(match => match.FaceId), Is.EquivalentTo(new[] { fused, dlib }));
            var byTemplate = found.Single(match => match.FaceId == fused);
            Assert.That(byTemplate.Distance, Is.EqualTo(new FaceDistance(both.Template!.DistanceTo(Numbers.Template(2)), FaceModels.Fused)));
            Assert.That(byTemplate.UserId, Is.EqualTo(modern));
            var byDlib = found.Single(match => match.FaceId == dlib);
            Assert.That(byDlib.Distance, Is.EqualTo(new FaceDistance(both.Dlib.DistanceTo(Vector(Numbers.Somebody(3))), FaceModels.Dlib)));
            Assert.That(await node.FindAsync(new FaceOpinions(Vector(Numbers.Somebody(1)), null, Numbers.Template(77))), Is.Empty, "A face with a template is not compared by dlib.");
        });
    }

    [Test]
    public async Task Without_the_second_model_all_faces_are_compared_by_dlib()
    {
        await using var node = await Node.StartAsync(_database.Url, ("FaceId:SecondModel", "off"));
        var face = await _database.EnrolAsync(node, await _database.PersonAsync(), Numbers.Opinions(1));

        await Eventually.IsAsync(face, async () => (await node.FindAsync(new FaceOpinions(Vector(Numbers.SomebodyLike(1, 5)), null, null)))!.FirstOrDefault());
    }

    [Test]
    public async Task Of_faces_by_dlib_the_stored_numbers_decide_not_the_rounded_ones()
    {
        await using var node = await Node.StartAsync(_database.Url);
        var random = new Random(7);
        var probe = Numbers.Somebody(0);

        // Many at nearly the same distance: their steps are in another order than they are. Some people have several faces.
        var people = new List<(int Face, int User, float[] Numbers)>();
        for (var i = 0; i < 400; i++)
        {
            var user = i % 3 == 2 ? people[^1].User : await _database.PersonAsync();
            var numbers = Numbers.SomebodyLike(0, i, 0.45f + 0.0002f * random.Next(400));
            people.Add((await _database.EnrolAsync(node, user, new FaceOpinions(Vector(numbers), null, null)), user, numbers));
        }

        await Eventually.IsAsync(400, () => Task.FromResult(node.Gallery.State.Faces));
        foreach (var (limit, reach) in new[] { (1, 0.5), (10, 0.5), (100, 0.5), (400, 0.5), (400, 0.47), (50, 0.4501) })
        {
            var expected = people.Select(face => (face.Face, face.User, Distance: Vector(probe).DistanceTo(Vector(face.Numbers))))
                .Where(face => face.Distance < reach).OrderBy(face => face.Distance).DistinctBy(face => face.User).Take(limit).Select(face => face.Face).ToList();

            var found = await node.Gallery.SearchAsync(
                [new FaceOpinions(Vector(probe), null, null)], new GalleryQuery(limit, new GalleryReach(1, reach)), CancellationToken.None);

            Assert.That(found.Value[0].Select(match => match.FaceId), Is.EqualTo(expected), $"{limit} within {reach}");
        }
    }

    [Test]
    public async Task Who_does_not_count_makes_room_for_who_does()
    {
        await using var node = await Node.StartAsync(_database.Url);
        for (var i = 0; i < 30; i++)
        {
            // The nearest are deactivated.
            await _database.EnrolAsync(node, await _database.PersonAsync(active: false), new FaceOpinions(Vector(Numbers.Somebody(1)), null, Numbers.TemplateLike(1, i, 0.1f)));
            await _database.EnrolAsync(node, await _database.PersonAsync(active: false), new FaceOpinions(Vector(Numbers.SomebodyLike(1, i, 0.1f)), null, null));
        }

        var fused = await _database.EnrolAsync(node, await _database.PersonAsync(), new FaceOpinions(Vector(Numbers.Somebody(500)), null, Numbers.TemplateLike(1, 99, 0.5f)));
        var dlib = await _database.EnrolAsync(node, await _database.PersonAsync(), new FaceOpinions(Vector(Numbers.SomebodyLike(1, 99, 0.5f)), null, null));
        await Eventually.IsAsync(62, () => Task.FromResult(node.Gallery.State.Faces));

        Assert.That(await node.FindAsync(Numbers.Opinions(1), limit: 2), Is.EquivalentTo(new[] { fused, dlib }));
    }

    [Test]
    public async Task Several_faces_are_found_in_one_search()
    {
        await using var node = await Node.StartAsync(_database.Url);
        var faces = new List<int>();
        for (var seed = 0; seed < 8; seed++)
        {
            faces.Add(await _database.EnrolAsync(node, await _database.PersonAsync(), seed % 2 == 0 ? Numbers.Opinions(seed) : Numbers.Opinions(seed) with { Template = null }));
        }

        await Eventually.IsAsync(8, () => Task.FromResult(node.Gallery.State.Faces));
        var found = await node.Gallery.SearchAsync(
            [.. Enumerable.Range(0, 8).Reverse().Select(Numbers.Opinions)], new GalleryQuery(1, new GalleryReach(0.5, 0.5)), CancellationToken.None);

        Assert.That(found.Value.Select(matches => matches.Single().FaceId).Reverse(), Is.EqualTo(faces));
    }

    [Test]
    public void Distances_and_squares_of_steps_agree_at_their_edges()
    {
        foreach (var square in new[] { 1, 2, 4095, 65536, 65537, 12345 })
        {
            var distance = FaceTemplate.DistanceOf(square);
            Assert.That(DlibSteps.SquareBelow(Math.BitIncrement(distance)), Is.GreaterThanOrEqualTo(square));
            Assert.That(DlibSteps.SquareBelow(Math.BitDecrement(distance)), Is.LessThan(square));
            Assert.That(DlibSteps.SquareAbove(distance), Is.GreaterThanOrEqualTo(square));
        }
    }

    private static FaceVector Vector(float[] numbers) => new(FaceModels.Dlib, numbers);
}
