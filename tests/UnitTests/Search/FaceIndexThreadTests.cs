using FaceId.Infrastructure.Search;

namespace FaceId.UnitTests.Search;

/// <summary>Adding, removing and searching at the same time.</summary>
public sealed class FaceIndexThreadTests
{
    private const int Everybody = int.MaxValue;
    private const int Searches = 3000;

    [Test]
    public async Task Who_stays_is_always_found_while_others_come_go_move_and_are_replaced([Values(1, 3)] int threads)
    {
        var index = new FaceIndex(64);
        var gallery = new Gallery(64, seed: 4);
        var stayers = Enumerable.Range(1, 40).ToDictionary(face => face * 1000, _ => gallery.Somebody());
        var noise = Enumerable.Range(0, 50).Select(_ => gallery.Somebody()).ToArray();
        for (var face = 1; face <= 40_000; face++)
            index.Add(face, face, stayers.TryGetValue(face, out var template) ? template : noise[face % 50]);
        using var done = new CancellationTokenSource();

        // So many leave that blocks are given up again and again, and those who stay move; one of those is replaced by itself all the time.
        var churn = Task.Run(() =>
        {
            var random = new Random(1);
            for (var next = 100_000; !done.IsCancellationRequested; next++)
            {
                index.Add(next, next, noise[next % 50]);
                index.Remove(next);
                var other = 1 + random.Next(40_000);
                if (!stayers.ContainsKey(other) && !index.Remove(other))
                    index.Add(other, other, noise[other % 50]);
                index.Add(7000, 7000, stayers[7000]);
            }
        });
        try
        {
            var faces = stayers.Keys.ToArray();
            for (var i = 0; i < Searches; i++)
            {
                var face = i % 2 == 0 ? 7000 : faces[i % faces.Length];
                var found = index.Search(stayers[face], 1, Everybody, threads);
                Assert.That(found, Is.EqualTo([new FaceMatch(face, face, 0)]), $"search {i}");
            }
        }
        finally
        {
            await done.CancelAsync();
            await churn;
        }
    }

    [Test]
    public async Task Who_was_removed_before_a_search_is_not_found_and_who_was_added_before_it_is()
    {
        var index = new FaceIndex(64);
        var gallery = new Gallery(64, seed: 5);
        var templates = Enumerable.Range(0, 64).Select(_ => gallery.Somebody()).ToArray();
        for (var face = 1; face <= 20_000; face++)
            index.Add(face, face, gallery.Somebody());
        // Numbers up to the first were added, up to the second removed, when somebody reads them.
        long added = 30_000, removed = 30_000;
        using var done = new CancellationTokenSource();
        var writer = Task.Run(() =>
        {
            while (!done.IsCancellationRequested)
            {
                var next = (int)added + 1;
                index.Add(next, next, templates[next % 64]);
                Volatile.Write(ref added, next);
                if (next - removed > 32)
                {
                    index.Remove((int)removed + 1);
                    Volatile.Write(ref removed, removed + 1);
                }
            }
        });
        try
        {
            for (var i = 0; i < Searches; i++)
            {
                var gone = Volatile.Read(ref removed);
                var here = Volatile.Read(ref added);
                var found = index.Search(templates[here % 64], 100_000, 0);
                // The next one may be gone before the number says so.
                var stillHere = Volatile.Read(ref removed) + 1 < here;

                Assert.That(found.Where(match => match.FaceId > 30_000 && match.FaceId <= gone), Is.Empty, $"search {i}");
                if (stillHere)
                    Assert.That(found.Select(match => (long)match.FaceId), Does.Contain(here), $"search {i}");
            }
        }
        finally
        {
            await done.CancelAsync();
            await writer;
        }
    }

    [Test]
    public async Task What_is_found_is_a_whole_template_however_often_it_is_replaced()
    {
        var index = new FaceIndex(640);
        sbyte[][] whole = [[.. Enumerable.Repeat((sbyte)10, 640)], [.. Enumerable.Repeat((sbyte)-10, 640)]];
        index.Add(1, 1, whole[0]);
        using var done = new CancellationTokenSource();
        var writer = Task.Run(() =>
        {
            for (var i = 1; !done.IsCancellationRequested; i++)
                index.Add(1, 1, whole[i % 2]);
        });
        try
        {
            for (var i = 0; i < Searches; i++)
                Assert.That(index.Search(whole[0], 1, Everybody).Single().SquaredDistance, Is.AnyOf(0, 640 * 400));
        }
        finally
        {
            await done.CancelAsync();
            await writer;
        }
    }

    [Test]
    public void Many_threads_may_fill_it()
    {
        var index = new FaceIndex(128);
        var gallery = new Gallery(128, seed: 6);
        var templates = Enumerable.Range(0, 100).Select(_ => gallery.Somebody()).ToArray();

        Parallel.For(1, 60_001, new ParallelOptions { MaxDegreeOfParallelism = 8 }, face => index.Add(face, face, templates[face % 100]));

        Assert.Multiple(() =>
        {
            Assert.That(index.Count, Is.EqualTo(60_000));
            Assert.That(index.Search(templates[42], 100_000, 0).Select(match => match.FaceId), Is.EqualTo(Enumerable.Range(0, 600).Select(i => 42 + 100 * i)));
        });
    }
}
