using FaceId.Application.Faces;
using FaceId.Benchmarks;
using FaceId.Domain.Faces;
using FaceId.FunctionalTests.Support;
using FaceId.Infrastructure.Configuration;
using FaceId.Infrastructure.Jobs;
using FaceId.Infrastructure.Recognition;
using FaceId.Infrastructure.Search;
using FaceId.Infrastructure.Search.PgVector;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace FaceId.FunctionalTests.Gallery;

/// <summary>The engine of pgvector on a pgvector that npm brings. Whole servers: <see cref="PgVectorServerTests"/>.</summary>
public sealed class PgVectorTests
{
    private static readonly GalleryReach Wide = new(Fused: 1.0, Dlib: 1.0);

    private readonly TemplateVault _vault = new(MasterKeys.LoadOrCreate(new FaceIdSettings
    {
        DataFolder = "unused",
        ModelsFolder = "unused",
        Key = Convert.ToBase64String([.. Enumerable.Range(0, MasterKey.Size).Select(i => (byte)i)]),
    }));

    private Pglite _pglite = null!;
    private NpgsqlDataSource _database = null!;
    private CollectedLog _log = null!;
    private PgVectorEngine _engine = null!;
    private double _progress;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _pglite = await Pglite.StartAsync();
        _database = _pglite.Database.DataSource;
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await _pglite.DisposeAsync();
        _vault.Dispose();
    }

    [SetUp]
    public async Task SetUpAsync()
    {
        _log = new CollectedLog();
        _engine = Engine();
        await _engine.PrepareAsync(CancellationToken.None);
        await ExecuteAsync("TRUNCATE users, face_changes, face_vectors_state CASCADE");
    }

    [TearDown]
    public async Task TearDownAsync()
    {
        await _engine.CloseAsync();
        _log.Dispose();
    }

    [Test]
    public async Task Nearly_everybody_is_found_whom_the_exact_index_finds()
    {
        const int Size = 2000;
        var made = SearchGallery.Measured(seed: 7);
        var exact = new FaceIndex(FaceTemplate.Length);
        var people = Enumerable.Range(0, Size).Select(_ => made.Person()).ToList();
        var users = await PeopleAsync(Size);
        var templates = people.Select(person => Photo(made, person)).ToList();
        var faces = await EnrolAsync([.. users.Zip(templates, (user, template) => (user, Face(template)))]);
        for (var i = 0; i < Size; i++)
            exact.Add(faces[i], users[i], templates[i].InSteps);

        var loaded = await LoadAsync();
        Assert.That((loaded.Faces, loaded.People, loaded.SetAside), Is.EqualTo((Size, Size, 0)));
        Assert.That(await ScalarAsync<string>("SELECT string_agg(indexrelid::regclass::text, ' ' ORDER BY indexrelid::regclass::text) FROM pg_index WHERE indrelid = 'face_vectors'::regclass AND indisvalid AND NOT indisprimary"),
            Is.EqualTo("face_vectors_dlib face_vectors_fused"));
        Assert.That(await ScalarAsync<bool>("SELECT bool_and(numbers IS NOT NULL) FROM face_vectors"));

        var (found, missed) = (0, 0);
        foreach (var person in people.Take(100))
        {
            var probe = Photo(made, person);
            var expected = exact.Search(probe.InSteps, 1, DlibSteps.SquareBelow(Wide.Fused)).Single();
            var match = (await FindAsync(loaded, Face(probe), limit: 1)).Single();
            if (match.FaceId == expected.FaceId)
            {
                Assert.That(match.Distance, Is.EqualTo(new FaceDistance(expected.Distance, FaceModels.Fused)), "The distance of who is found is exact.");
                found++;
            }
            else
            {
                missed++;
            }
        }

        Assert.That(missed, Is.LessThanOrEqualTo(1), $"{found} found");
        Assert.That(await FindAsync(loaded, Face(Photo(made, made.Person())), new GalleryReach(0.2, 0.2)), Is.Empty, "A stranger");
    }

    [Test]
    public async Task Whoever_is_erased_is_gone_with_the_transaction_that_erases()
    {
        var users = await PeopleAsync(2);
        var faces = await EnrolAsync([(users[0], Numbers.Opinions(1)), (users[1], Numbers.Opinions(2))]);
        var loaded = await LoadAsync();
        Assert.That(await NearestAsync(loaded, 1), Is.EqualTo(faces[0]));

        await using (var connection = await _database.OpenConnectionAsync())
        {
            await using var command = new NpgsqlCommand($"BEGIN; DELETE FROM users WHERE id = {users[0]}; SELECT count(*) FROM face_vectors; COMMIT", connection);
            Assert.That(await command.ExecuteScalarAsync(), Is.EqualTo(1));
        }

        Assert.That(await NearestAsync(loaded, 1), Is.Null, "Before the change was read");
        Assert.That(await loaded.FollowAsync(CancellationToken.None));
        Assert.That((await NearestAsync(loaded, 1), await NearestAsync(loaded, 2)), Is.EqualTo(((int?)null, (int?)faces[1])));
    }

    [Test]
    public async Task What_SQL_adds_changes_and_moves_is_found_as_it_is_now()
    {
        var users = await PeopleAsync(3);
        var faces = await EnrolAsync([(users[0], Numbers.Opinions(1))]);
        var loaded = await LoadAsync();
        faces = [.. faces, .. await EnrolAsync([(users[1], Numbers.Opinions(2))])];
        Assert.That(await loaded.FollowAsync(CancellationToken.None));
        Assert.That((await NearestAsync(loaded, 1), await NearestAsync(loaded, 2)), Is.EqualTo(((int?)faces[0], (int?)faces[1])));

        // A program of dlib knows nothing of templates.
        await ExecuteAsync("UPDATE faces SET encoding = $1 WHERE id = $2", Numbers.Of(Numbers.Somebody(5)), faces[0]);
        Assert.That(await NearestAsync(loaded, 1), Is.Null, "The stored numbers decide, before the change was read");
        Assert.That(await loaded.FollowAsync(CancellationToken.None));
        var byDlib = (await FindAsync(loaded, new FaceOpinions(Vector(Numbers.SomebodyLike(5, 1)), null, Numbers.Template(99)))).Single();
        Assert.That((byDlib.FaceId, byDlib.Distance), Is.EqualTo((faces[0], new FaceDistance(Vector(Numbers.SomebodyLike(5, 1)).DistanceTo(Vector(Numbers.Somebody(5))), FaceModels.Dlib))));

        await ExecuteAsync("UPDATE faces SET user_id = $1 WHERE id = $2", users[2], faces[0]);
        Assert.That(await loaded.FollowAsync(CancellationToken.None));
        Assert.That((await FindAsync(loaded, new FaceOpinions(Vector(Numbers.Somebody(5)), null, null))).Single().UserId, Is.EqualTo(users[2]));
    }

    [Test]
    public async Task Without_the_second_model_all_faces_are_compared_by_dlib_and_with_it_they_are_filled_in_anew()
    {
        var faces = await EnrolAsync([((await PeopleAsync(1))[0], Numbers.Opinions(1))]);
        await LoadAsync();
        var alone = Engine(new GalleryOptions(1000, Templates: false));
        var loaded = await alone.LoadAsync(_ => { }, CancellationToken.None);
        await alone.CloseAsync();

        var match = (await FindAsync(loaded, new FaceOpinions(Vector(Numbers.SomebodyLike(1, 5)), null, null))).Single();
        Assert.That((match.FaceId, match.Distance.Model), Is.EqualTo((faces[0], FaceModels.Dlib)));
    }

    [Test]
    public async Task Who_does_not_count_makes_room_for_who_does()
    {
        var inactive = await PeopleAsync(60, active: false);
        var active = await PeopleAsync(3);
        await EnrolAsync([.. inactive.Select((user, i) => (user, i % 2 == 0
            ? new FaceOpinions(Vector(Numbers.Somebody(500)), null, Numbers.TemplateLike(1, i, 0.1f)) : new FaceOpinions(Vector(Numbers.SomebodyLike(1, i, 0.1f)), null, null)))]);

        // Many faces of one person do not hide the next.
        await EnrolAsync([.. Enumerable.Range(0, 20).Select(i => (active[2], new FaceOpinions(Vector(Numbers.Somebody(500)), null, Numbers.TemplateLike(1, 200 + i, 0.2f))))]);
        var faces = await EnrolAsync(
        [
            (active[0], new FaceOpinions(Vector(Numbers.Somebody(501)), null, Numbers.TemplateLike(1, 99, 0.5f))),
            (active[1], new FaceOpinions(Vector(Numbers.SomebodyLike(1, 99, 0.5f)), null, null)),
        ]);
        var loaded = await LoadAsync();

        var found = await loaded.SearchAsync([Numbers.Opinions(1)], new GalleryQuery(2, Wide, Except: active[2]), CancellationToken.None);
        Assert.That(found![0].Select(match => match.FaceId), Is.EquivalentTo(faces));
        var all = await FindAsync(loaded, Numbers.Opinions(1), limit: 3);
        Assert.That(all.Select(match => match.UserId), Is.EquivalentTo(active));
        Assert.That((await loaded.SearchAsync([Numbers.Opinions(1)], new GalleryQuery(1, Wide, Inactive: true), CancellationToken.None))![0].Single().UserId, Is.AnyOf(inactive));
    }

    [Test]
    public async Task Several_faces_are_found_in_one_search()
    {
        var users = await PeopleAsync(6);
        var faces = await EnrolAsync([.. users.Select((user, seed) => (user, seed % 2 == 0 ? Numbers.Opinions(seed) : Numbers.Opinions(seed) with { Template = null }))]);
        var loaded = await LoadAsync();

        var found = await loaded.SearchAsync([.. Enumerable.Range(0, 6).Reverse().Select(Numbers.Opinions)], new GalleryQuery(1, new GalleryReach(0.5, 0.5)), CancellationToken.None);

        Assert.That(found!.Select(matches => matches.Single().FaceId).Reverse(), Is.EqualTo(faces));
        Assert.That(await loaded.SearchAsync([], new GalleryQuery(1, Wide), CancellationToken.None), Is.Empty);
    }

    [Test]
    public async Task Rows_that_cannot_be_read_are_counted_and_named_and_the_rest_is_found()
    {
        var users = await PeopleAsync(4);
        var faces = await EnrolAsync([.. users.Select((user, seed) => (user, Numbers.Opinions(seed)))]);
        await ExecuteAsync("UPDATE faces SET template = overlay(template PLACING '\\x0000' FROM 100) WHERE id = $1", faces[0]);
        await ExecuteAsync("UPDATE faces SET encoding = $1, model = 'somebodys-model-v3' WHERE id = $2", Numbers.Of(Numbers.Somebody(1)), faces[1]);
        await ExecuteAsync("UPDATE faces SET encoding = $1 WHERE id = $2", Numbers.Of([.. Numbers.Somebody(1).Select(x => x * 1e6f)]), faces[2]);

        var loaded = await LoadAsync();

        Assert.That((loaded.Faces, loaded.People, loaded.SetAside), Is.EqualTo((1, 1, 3)));
        Assert.That(faces[..3], Is.All.Matches<int>(face => _log.Lines.Any(line => line.StartsWith($"Error Face {face} is set aside", StringComparison.Ordinal))));
        Assert.That(await NearestAsync(loaded, 3), Is.EqualTo(faces[3]));
        Assert.That(await NearestAsync(loaded, 0), Is.Null);
    }

    [Test]
    public async Task What_a_server_with_another_key_set_aside_is_found_after_the_next_start()
    {
        var faces = await EnrolAsync([((await PeopleAsync(1))[0], Numbers.Opinions(1))]);
        using (var other = new TemplateVault(MasterKeys.LoadOrCreate(new FaceIdSettings { DataFolder = "unused", ModelsFolder = "unused", Key = Convert.ToBase64String(new byte[MasterKey.Size]) })))
        {
            var stranger = Engine(vault: other);
            Assert.That((await stranger.LoadAsync(_ => { }, CancellationToken.None)).SetAside, Is.EqualTo(1));
            await stranger.CloseAsync();
        }

        var loaded = await LoadAsync();

        Assert.That((loaded.Faces, loaded.SetAside), Is.EqualTo((1, 0)));
        Assert.That(await NearestAsync(loaded, 1), Is.EqualTo(faces[0]));
    }

    [Test]
    public async Task The_table_is_filled_anew_when_it_cannot_be_told_what_it_lacks()
    {
        var users = await PeopleAsync(2);
        var faces = await EnrolAsync([(users[0], Numbers.Opinions(1))]);
        var loaded = await LoadAsync();

        // More happened than is remembered.
        faces = [.. faces, .. await EnrolAsync([(users[1], Numbers.Opinions(2))])];
        await ExecuteAsync("UPDATE face_changes SET changed_at = now() - interval '25 hours'");
        Assert.That(await new FaceChangeTrim(_database).TrimAsync(CancellationToken.None), Is.Positive);
        Assert.That(await loaded.FollowAsync(CancellationToken.None), Is.False);

        _progress = -1;
        var anew = await LoadAsync();
        Assert.That(_progress, Is.EqualTo(1));
        Assert.That(await loaded.SearchAsync([Numbers.Opinions(3)], new GalleryQuery(1, Wide), CancellationToken.None), Is.Null, "Who searches what is not there any more calls nobody unknown.");
        Assert.That((await NearestAsync(anew, 1), await NearestAsync(anew, 2)), Is.EqualTo(((int?)faces[0], (int?)faces[1])));
        Assert.That(await anew.FollowAsync(CancellationToken.None));
    }

    [Test]
    public async Task What_was_filled_in_before_a_restart_is_still_good()
    {
        var users = await PeopleAsync(2);
        var faces = await EnrolAsync([(users[0], Numbers.Opinions(1))]);
        await LoadAsync();
        await ExecuteAsync("DROP INDEX face_vectors_fused");
        faces = [.. faces, .. await EnrolAsync([(users[1], Numbers.Opinions(2))])];

        var loaded = await LoadAsync();
        Assert.That(await loaded.FollowAsync(CancellationToken.None));

        Assert.That(await ScalarAsync<long>("SELECT generation FROM face_vectors_state"), Is.EqualTo(1));
        Assert.That(await ScalarAsync<bool>("SELECT to_regclass('face_vectors_fused') IS NOT NULL"), "A missing index is made.");
        Assert.That((await NearestAsync(loaded, 1), await NearestAsync(loaded, 2)), Is.EqualTo(((int?)faces[0], (int?)faces[1])));
    }

    private PgVectorEngine Engine(GalleryOptions? gallery = null, TemplateVault? vault = null) => new(
        Task.FromResult(_pglite.Database),
        _database,
        vault ?? _vault,
        new UnreadableFaces(TimeProvider.System, Logger()),
        gallery ?? new GalleryOptions(1000),
        new SearchOptions(SearchOptions.PgVector, SearchOptions.DefaultEfSearch),
        TimeProvider.System,
        NullLogger<PgVectorEngine>.Instance);

    private ILogger<UnreadableFaces> Logger() => LoggerFactory.Create(logging => logging.AddProvider(_log)).CreateLogger<UnreadableFaces>();

    private Task<IGalleryFaces> LoadAsync() => _engine.LoadAsync(share => _progress = Math.Max(_progress, share), CancellationToken.None);

    private static async Task<IReadOnlyList<GalleryMatch>> FindAsync(IGalleryFaces faces, FaceOpinions face, GalleryReach? reach = null, int limit = 10) =>
        (await faces.SearchAsync([face], new GalleryQuery(limit, reach ?? Wide), CancellationToken.None))![0];

    private static async Task<int?> NearestAsync(IGalleryFaces faces, int seed) => await FindAsync(faces, Numbers.Opinions(seed), new GalleryReach(0.5, 0.5)) is [var nearest, ..] ? nearest.FaceId : null;

    private async Task<int[]> PeopleAsync(int count, bool active = true) => await ScalarAsync<int[]>(
        """
        WITH added AS (INSERT INTO users (email, name, hashed_password, is_active)
            SELECT gen_random_uuid() || '@example.com', 'Somebody', '', $2 FROM generate_series(1, $1) RETURNING id)
        SELECT array_agg(id ORDER BY id) FROM added
        """,
        count, active);

    private async Task<int[]> EnrolAsync((int User, FaceOpinions Face)[] faces)
    {
        var stored = _vault.Seal([.. faces.Select(face => (face.Face, face.User))], CancellationToken.None);
        return await ScalarAsync<int[]>(
            """
            WITH added AS (INSERT INTO faces (user_id, encoding, model, template, template_model)
                SELECT *, CASE WHEN template IS NOT NULL THEN $5 END FROM unnest($1::integer[], $2::bytea[], $3::text[], $4::bytea[]) AS _ (user_id, encoding, model, template) RETURNING id)
            SELECT array_agg(id ORDER BY id) FROM added
            """,
            faces.Select(face => face.User).ToArray(), stored.Select(face => face.Encoding).ToArray(), stored.Select(face => face.Model).ToArray(),
            stored.Select(face => face.Template?.Sealed).ToArray(), FaceModels.Fused);
    }

    private Task<int> ExecuteAsync(string sql, params object[] values) => TestDatabase.ExecuteAsync(_pglite.Url, sql, values);

    private Task<T> ScalarAsync<T>(string sql, params object[] values) => TestDatabase.ScalarAsync<T>(_pglite.Url, sql, values);

    private static FaceTemplate Photo(SearchGallery made, double[] person)
    {
        var steps = new sbyte[FaceTemplate.Length];
        made.Photo(person, steps);
        return new FaceTemplate(steps);
    }

    private static FaceOpinions Face(FaceTemplate template) => new(Vector(Numbers.Somebody(1)), null, template);

    private static FaceVector Vector(float[] numbers) => new(FaceModels.Dlib, numbers);
}
