using System.Diagnostics;
using System.Net;
using FaceId.Application.Faces;
using FaceId.FunctionalTests.Support;
using FaceId.Infrastructure.Jobs;
using Npgsql;

namespace FaceId.FunctionalTests.Gallery;

/// <summary>Every server knows what any program did to the faces, whatever happens to its connections.</summary>
public sealed class CoherenceTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    private SharedDatabase _database = null!;

    [SetUp]
    public async Task SetUpAsync() => _database = await SharedDatabase.CreateAsync();

    [TearDown]
    public Task TearDownAsync() => _database.DropAsync();

    [Test]
    public async Task What_is_there_at_the_start_is_found()
    {
        int face;
        await using (var before = await Node.StartAsync(_database.Url))
        {
            face = await _database.EnrolAsync(before, 1);
        }

        await using var node = await Node.StartAsync(_database.Url);

        Assert.That(await node.NearestAsync(1), Is.EqualTo($"{face}"), "A few faces are known before the server listens.");
        Assert.That(node.Gallery.State, Is.EqualTo(new GalleryState(GalleryCondition.Current, 1, People: 1, Faces: 1, SetAside: 0, HasRoom: true)));
    }

    [Test]
    public async Task What_SQL_does_is_known_to_every_server_within_a_second()
    {
        await using var one = await Node.StartAsync(_database.Url);
        await using var other = await Node.StartAsync(_database.Url);
        var face = await _database.EnrolAsync(one, 1);
        await KnownAsync("enrolled", 1, $"{face}");

        var stored = await _database.ScalarAsync<byte[]>("SELECT template FROM faces WHERE id = $1", face);
        await _database.EnrolAsync(one, 2);
        await _database.ExecuteAsync("UPDATE faces SET template = (SELECT template FROM faces WHERE id <> $1) WHERE id = $1", face);
        await KnownAsync("sealed for somebody else", 1, "nobody");

        await _database.ExecuteAsync("UPDATE faces SET template = $2 WHERE id = $1", face, stored);
        await KnownAsync("put right", 1, $"{face}");

        await _database.ExecuteAsync("DELETE FROM users WHERE id = (SELECT user_id FROM faces WHERE id = $1)", face);
        await KnownAsync("erased", 1, "nobody");
        await Eventually.IsAsync(1, () => Task.FromResult(other.Gallery.State.Faces), Limit);

        async Task KnownAsync(string what, int seed, string nearest)
        {
            var watch = Stopwatch.StartNew();
            foreach (var node in (Node[])[other, one])
            {
                await Eventually.IsAsync(nearest, () => node.NearestAsync(seed));
            }

            Assert.That(watch.Elapsed, Is.LessThan(Limit), what);
        }
    }

    [Test]
    public async Task What_is_enrolled_here_is_found_here_at_once()
    {
        await using var node = await Node.StartAsync(_database.Url);
        for (var seed = 0; seed < 50; seed++)
        {
            var face = await _database.EnrolAsync(node, seed);
            node.Gallery.Changed();
            Assert.That(await node.NearestAsync(seed), Is.EqualTo($"{face}"));
        }
    }

    [Test]
    public async Task Transactions_that_end_in_another_order_than_they_began_are_all_known()
    {
        await using var node = await Node.StartAsync(_database.Url);
        await using var connection = new NpgsqlConnection(_database.Superuser);
        await connection.OpenAsync();
        var late = await _database.EnrolAsync(node, 1);
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var command = new NpgsqlCommand($"UPDATE faces SET template = NULL WHERE id = {late}", connection))
        {
            await command.ExecuteNonQueryAsync();
        }

        // Long after the one above began, and read before it ends.
        for (var seed = 10; seed < 20; seed++)
        {
            var early = await _database.EnrolAsync(node, seed);
            await Eventually.IsAsync($"{early}", () => node.NearestAsync(seed));
        }

        await transaction.CommitAsync();

        // By its template no more, by dlib's vector it is.
        await Eventually.IsAsync(0, async () => (await node.FindAsync(Numbers.Opinions(1) with { Dlib = Numbers.Opinions(900).Dlib }))!.Length);
        Assert.That(await node.NearestAsync(1), Is.EqualTo($"{late}"));
    }

    [Test]
    public async Task Emptied_and_restored_tables_are_known()
    {
        await using var node = await Node.StartAsync(_database.Url);
        var face = await _database.EnrolAsync(node, 1);
        await Eventually.IsAsync($"{face}", () => node.NearestAsync(1));

        await _database.ExecuteAsync("CREATE TABLE kept AS SELECT * FROM faces; TRUNCATE faces, face_changes");
        await Eventually.IsAsync(0, () => Task.FromResult(node.Gallery.State.Faces));
        Assert.That(await node.NearestAsync(1), Is.EqualTo("nobody"));

        // As pg_restore --disable-triggers does: nothing tells of these rows, and nothing is noted.
        await _database.ExecuteAsync("ALTER TABLE faces DISABLE TRIGGER ALL");
        await _database.ExecuteAsync("INSERT INTO faces OVERRIDING SYSTEM VALUE SELECT * FROM kept");
        await _database.ExecuteAsync("ALTER TABLE faces ENABLE TRIGGER ALL");
        await Eventually.IsAsync($"{face}", () => node.NearestAsync(1));
    }

    [Test]
    public async Task A_missed_notification_is_made_up_for()
    {
        await using var node = await Node.StartAsync(_database.Url);
        await _database.ExecuteAsync("""
            CREATE OR REPLACE FUNCTION faceid_faces_added() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN INSERT INTO face_changes (face_id) SELECT id FROM added; RETURN NULL; END $$
            """);

        var face = await _database.EnrolAsync(node, 1);

        await Eventually.IsAsync($"{face}", () => node.NearestAsync(1));
        Assert.That(node.Loads, Is.EqualTo(1));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Connections_cut_at_every_moment_lose_no_change(bool listening)
    {
        await using var one = await Node.StartAsync(_database.Url);
        await using var other = await Node.StartAsync(_database.Url);
        using var stop = new CancellationTokenSource();
        var random = new Random(3);
        var cutting = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await _database.CutAsync(listening);
                await Task.Delay(random.Next(60));
            }
        });
        var faces = new Dictionary<int, int>();
        for (var seed = 0; seed < 200; seed++)
        {
            faces[seed] = await _database.EnrolAsync(one, seed);
            if (seed % 3 == 2 && faces.Remove(seed - 2, out var erased))
            {
                await _database.ExecuteAsync("DELETE FROM users WHERE id = (SELECT user_id FROM faces WHERE id = $1)", erased);
            }
        }

        await stop.CancelAsync();
        await cutting;
        foreach (var node in (Node[])[one, other])
        {
            await Eventually.IsAsync(faces.Count, () => Task.FromResult(node.Gallery.State.Faces));
            for (var seed = 0; seed < 200; seed++)
            {
                var expected = faces.TryGetValue(seed, out var face) ? $"{face}" : "nobody";
                await Eventually.IsAsync(expected, () => node.NearestAsync(seed));
            }
        }
    }

    [Test]
    public async Task A_server_that_lost_its_database_refuses_to_search_and_makes_up_for_what_it_missed()
    {
        await using var node = await Node.StartAsync(_database.Url);
        var gone = await _database.EnrolAsync(node, 1);
        await Eventually.IsAsync($"{gone}", () => node.NearestAsync(1));

        await _database.CloseAsync();
        var face = await _database.EnrolAsync(node, 2);
        await _database.ExecuteAsync("DELETE FROM faces WHERE id = $1", gone);
        await Eventually.IsAsync(GalleryCondition.Behind, () => Task.FromResult(node.Gallery.State.Condition));
        var refused = await node.Gallery.SearchAsync([Numbers.Opinions(2)], new GalleryQuery(1, new GalleryReach(1, 1)), CancellationToken.None);
        Assert.That(refused.FirstError.Code, Is.EqualTo("gallery_not_ready"));
        using (var anybody = node.Server.Anonymous())
        {
            Assert.That((await anybody.GetAsync("/health/ready")).Status, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
        }

        await _database.OpenAsync();

        await Eventually.IsAsync($"{face}", () => node.NearestAsync(2));
        Assert.That(await node.NearestAsync(1), Is.EqualTo("nobody"));
        Assert.That(node.Loads, Is.EqualTo(1), "What it missed was enough.");
    }

    [Test]
    public async Task A_server_that_was_away_for_longer_than_changes_are_kept_loads_all_faces_anew()
    {
        await using var node = await Node.StartAsync(_database.Url);
        await using var away = await Node.StartAsync(_database.Url);
        var gone = await _database.EnrolAsync(node, 1);
        await Eventually.IsAsync($"{gone}", () => away.NearestAsync(1));

        await _database.CloseAsync();
        var face = await _database.EnrolAsync(node, 2);
        await _database.ExecuteAsync("DELETE FROM faces WHERE id = $1", gone);
        await _database.ExecuteAsync("UPDATE face_changes SET changed_at = now() - interval '25 hours'");
        await using (var source = NpgsqlDataSource.Create(_database.Superuser))
        {
            Assert.That(await new FaceChangeTrim(source).TrimAsync(CancellationToken.None), Is.EqualTo(3));
            Assert.That(await new FaceChangeTrim(source).TrimAsync(CancellationToken.None), Is.Zero);
        }

        await _database.OpenAsync();

        await Eventually.IsAsync($"{face}", () => away.NearestAsync(2));
        Assert.That(await away.NearestAsync(1), Is.EqualTo("nobody"));
        Assert.That(away.Loads, Is.EqualTo(2));
    }

    [Test]
    public async Task Changes_are_trimmed_only_when_they_are_old_and_nobody_who_read_them_loads_anew()
    {
        await using var node = await Node.StartAsync(_database.Url);
        var old = await _database.EnrolAsync(node, 1);
        await Eventually.IsAsync($"{old}", () => node.NearestAsync(1));
        await _database.ExecuteAsync("UPDATE face_changes SET changed_at = now() - interval '25 hours'");
        var young = await _database.EnrolAsync(node, 2);
        await Eventually.IsAsync($"{young}", () => node.NearestAsync(2));

        await using (var source = NpgsqlDataSource.Create(_database.Superuser))
        {
            Assert.That(await new FaceChangeTrim(source).TrimAsync(CancellationToken.None), Is.EqualTo(1));
        }

        var next = await _database.EnrolAsync(node, 3);
        await Eventually.IsAsync($"{next}", () => node.NearestAsync(3));
        Assert.Multiple(async () =>
        {
            Assert.That(node.Loads, Is.EqualTo(1));
            Assert.That(await _database.ScalarAsync<int[]>("SELECT array_agg(face_id ORDER BY face_id) FROM face_changes"), Is.EqualTo(new[] { 0, young, next }));
        });
    }

    [Test]
    public async Task Changes_of_a_database_that_was_restored_elsewhere_are_no_news()
    {
        await using var node = await Node.StartAsync(_database.Url);
        var face = await _database.EnrolAsync(node, 1);

        // A dump brings the numbers of transactions that this server will not reach for long, and what was trimmed by them.
        await _database.ExecuteAsync("INSERT INTO face_changes (face_id, transaction) SELECT n, '900000000'::xid8 FROM generate_series(0, 100) n");
        var next = await _database.EnrolAsync(node, 2);

        await Eventually.IsAsync($"{next}", () => node.NearestAsync(2));
        Assert.That(await node.NearestAsync(1), Is.EqualTo($"{face}"));
        Assert.That(node.Loads, Is.EqualTo(1));
    }

    [Test]
    public async Task While_faces_are_loaded_nobody_is_called_unknown_and_verification_goes_on()
    {
        int john;
        await using (var before = await Node.StartAsync(_database.Url))
        {
            using var admin = await before.Server.Anonymous().LoginAsync(TestServer.AdminEmail);
            john = await admin.CreatePersonAsync();
            (await admin.EnrolAsync(john, Photos.JohnSalley)).ShouldBe(HttpStatusCode.Created);
        }

        await using var connection = new NpgsqlConnection(_database.Superuser);
        await connection.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var command = new NpgsqlCommand("LOCK TABLE face_changes IN ACCESS EXCLUSIVE MODE", connection))
        {
            await command.ExecuteNonQueryAsync();
        }

        await using var node = await Node.StartAsync(_database.Url);
        using (var admin = await node.Server.Anonymous().LoginAsync(TestServer.AdminEmail))
        {
            var refused = (await admin.IdentifyAsync(Photos.JohnSalleyAgain)).ShouldBeProblem(HttpStatusCode.ServiceUnavailable, "gallery_not_ready");
            Assert.That(refused.Message.Headers.RetryAfter?.Delta, Is.EqualTo(TimeSpan.FromSeconds(2)));
            (await admin.IdentifyAsync(Photos.Group, "?all=true")).ShouldBeProblem(HttpStatusCode.ServiceUnavailable, "gallery_not_ready");
            (await admin.EnrolAsync(john, Photos.JohnSalleyAgain)).ShouldBeProblem(HttpStatusCode.ServiceUnavailable, "gallery_not_ready");
            Assert.That((await admin.GetAsync("/health/ready")).ShouldBe(HttpStatusCode.ServiceUnavailable)["gallery.state"].GetString(), Is.EqualTo("loading"));
            Assert.That((await admin.VerifyAsync(john, Photos.JohnSalleyAgain)).ShouldBe(HttpStatusCode.OK)["verified"].GetBoolean(), Is.True);

            await transaction.RollbackAsync();
            await Eventually.IsAsync(HttpStatusCode.OK, async () => (await admin.GetAsync("/health/ready")).Status);
            Assert.That((await admin.IdentifyAsync(Photos.JohnSalleyAgain)).ShouldBe(HttpStatusCode.OK)["matches.0.userId"].GetInt32(), Is.EqualTo(john));
        }
    }

    [Test]
    public async Task What_changes_while_faces_are_loaded_is_known_afterwards()
    {
        var faces = new Dictionary<int, int>();
        await using var one = await Node.StartAsync(_database.Url);
        for (var seed = 0; seed < 300; seed++)
        {
            faces[seed] = await _database.EnrolAsync(one, seed);
        }

        using var stop = new CancellationTokenSource();
        var changing = Task.Run(async () =>
        {
            for (var seed = 0; !stop.IsCancellationRequested; seed++)
            {
                if (faces.Remove(seed, out var face))
                {
                    await _database.ExecuteAsync("DELETE FROM faces WHERE id = $1", face);
                }

                faces[1000 + seed] = await _database.EnrolAsync(one, 1000 + seed);
            }
        });
        await using var node = await Node.StartAsync(_database.Url);
        await stop.CancelAsync();
        await changing;

        await Eventually.IsAsync(faces.Count, () => Task.FromResult(node.Gallery.State.Faces));
        foreach (var (seed, face) in faces)
        {
            await Eventually.IsAsync($"{face}", () => node.NearestAsync(seed));
        }
    }
}
