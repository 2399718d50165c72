using System.Net;
using FaceId.Application.Faces;
using FaceId.FunctionalTests.Support;
using FaceId.Infrastructure.Configuration;
using FaceId.Infrastructure.Postgres;

namespace FaceId.FunctionalTests.Gallery;

/// <summary>Whole servers that search by pgvector, where the machine's PostgreSQL has it; one that has not refuses to start.</summary>
public sealed class PgVectorServerTests
{
    private static readonly (string Key, string Value)[] Settings = [("FaceId:Search", "pgvector"), ("FaceId:PgVector:AcceptUnencrypted", "true")];

    private SharedDatabase _database = null!;

    [SetUp]
    public async Task SetUpAsync() => _database = await SharedDatabase.CreateAsync();

    [TearDown]
    public Task TearDownAsync() => _database.DropAsync();

    [Test]
    public async Task A_server_that_may_not_have_pgvector_stops_with_what_to_do()
    {
        var remedy = await HasPgVectorAsync() ? "CREATE EXTENSION vector" : $"postgresql-{PostgresBinaries.Find().Major}-pgvector";
        Assert.That(
            async () => await Node.StartAsync(_database.Url, Settings),
            Throws.TypeOf<StartupException>().With.Message.StartsWith("FaceId:Search=pgvector").And.Message.Contains(remedy));
    }

    [Test]
    public async Task The_private_PostgreSQL_gets_the_extension_by_itself()
    {
        await RequireAsync();
        var folder = Directory.CreateTempSubdirectory("faceid-pgvector-").FullName;
        try
        {
            using var server = FaceIdProcess.Start(folder, [], ("FaceId__Search", "pgvector"), ("FaceId__PgVector__AcceptUnencrypted", "true"));
            await server.ReadyAsync();
            using var anybody = server.Client();
            Assert.That((await anybody.GetAsync("/health/ready")).ShouldBe(HttpStatusCode.OK)["gallery.engine"].GetString(), Is.EqualTo("pgvector"));
            await server.InterruptAsync();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Test]
    public async Task Servers_enrol_identify_and_erase()
    {
        await RequireAsync();
        int john, jack;
        await using (var one = await Node.StartAsync(_database.Url, Settings))
        await using (var other = await Node.StartAsync(_database.Url, Settings))
        {
            using var admin = await one.Server.Anonymous().LoginAsync(TestServer.AdminEmail);
            using var elsewhere = await other.Server.Anonymous().LoginAsync(TestServer.AdminEmail);
            Assert.That((await admin.GetAsync("/health/ready")).ShouldBe(HttpStatusCode.OK)["gallery.engine"].GetString(), Is.EqualTo("pgvector"));
            Assert.That(one.Log, Has.Some.StartsWith("Warning FaceId:Search is pgvector").And.Some.Contains("unencrypted"));
            john = await admin.CreatePersonAsync();
            jack = await admin.CreatePersonAsync("jack@example.com");
            (await admin.EnrolAsync(john, Photos.JohnSalley)).ShouldBe(HttpStatusCode.Created);

            // Known at once where it was enrolled, and soon everywhere.
            Assert.That(await FoundAsync(admin), Is.EqualTo(john));
            (await admin.EnrolAsync(jack, Photos.JohnSalleyAgain)).ShouldBeProblem(HttpStatusCode.Conflict, "identity_conflict");
            await Eventually.IsAsync(john, () => FoundAsync(elsewhere));
            (await elsewhere.EnrolAsync(jack, Photos.JohnSalleyAgain)).ShouldBeProblem(HttpStatusCode.Conflict, "identity_conflict");
            (await elsewhere.EnrolAsync(jack, Photos.JohnSimm)).ShouldBe(HttpStatusCode.Created);
            await Eventually.IsAsync(2, () => Task.FromResult(one.Gallery.State.Faces));

            await _database.ExecuteAsync("DELETE FROM users WHERE id = $1", john);
            Assert.That((await FoundAsync(admin), await FoundAsync(elsewhere)), Is.EqualTo((0, 0)));
            (await admin.EnrolAsync(jack, Photos.JohnSimm)).ShouldBe(HttpStatusCode.Created);
        }

        await using (var again = await Node.StartAsync(_database.Url, Settings))
        {
            using var admin = await again.Server.Anonymous().LoginAsync(TestServer.AdminEmail);
            Assert.That(await FoundAsync(admin, Photos.JohnSimm), Is.EqualTo(jack));
            Assert.That(await _database.ScalarAsync<long>("SELECT generation FROM face_vectors_state"), Is.EqualTo(1), "What is there need not be filled in anew.");
        }

        // Back in memory, with the table left behind.
        await using (var memory = await Node.StartAsync(_database.Url))
        {
            using var admin = await memory.Server.Anonymous().LoginAsync(TestServer.AdminEmail);
            Assert.That((await admin.GetAsync("/health/ready")).ShouldBe(HttpStatusCode.OK)["gallery.engine"].GetString(), Is.EqualTo("memory"));
            Assert.That(await FoundAsync(admin, Photos.JohnSimm), Is.EqualTo(jack));
            (await admin.DeleteAsync($"/api/v1/users/{jack}")).ShouldBe(HttpStatusCode.OK);
            Assert.That(await _database.ScalarAsync<long>("SELECT count(*) FROM face_vectors"), Is.Zero);
        }
    }

    [Test]
    public async Task Servers_that_start_together_fill_one_table_while_faces_come_and_go()
    {
        await RequireAsync();
        var faces = new Dictionary<int, int>();
        await using (var before = await Node.StartAsync(_database.Url))
        {
            for (var seed = 0; seed < 150; seed++)
                faces[seed] = await _database.EnrolAsync(before, seed);

            using var stop = new CancellationTokenSource();
            var changing = Task.Run(async () =>
            {
                for (var seed = 0; !stop.IsCancellationRequested && seed < 100; seed++)
                {
                    await _database.ExecuteAsync("DELETE FROM faces WHERE id = $1", faces[seed]);
                    faces.Remove(seed);
                    faces[1000 + seed] = await _database.EnrolAsync(before, 1000 + seed);
                }
            });
            var starting = new[] { Node.StartAsync(_database.Url, Settings), Node.StartAsync(_database.Url, Settings) };
            await using var one = await starting[0];
            await using var other = await starting[1];
            await stop.CancelAsync();
            await changing;

            foreach (var (seed, face) in faces)
            {
                await Eventually.IsAsync($"{face}", () => one.NearestAsync(seed));
                await Eventually.IsAsync($"{face}", () => other.NearestAsync(seed));
            }

            await Eventually.IsAsync(new GalleryState(GalleryCondition.Current, 1, faces.Count, faces.Count, 0, HasRoom: true), () => Task.FromResult(other.Gallery.State));
            Assert.That(await _database.ScalarAsync<long>("SELECT generation FROM face_vectors_state"), Is.EqualTo(1));
        }
    }

    private static async Task<int> FoundAsync(Api caller, byte[]? photo = null)
    {
        var answer = (await caller.IdentifyAsync(photo ?? Photos.JohnSalleyAgain)).ShouldBe(HttpStatusCode.OK);
        return answer["matches"].GetArrayLength() == 0 ? 0 : answer["matches.0.userId"].GetInt32();
    }

    private Task<bool> HasPgVectorAsync() => _database.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'vector')");

    private async Task RequireAsync()
    {
        if (!await HasPgVectorAsync())
            Assert.Ignore("The machine's PostgreSQL has no pgvector; PgVectorTests use one from npm.");
        await _database.ExecuteAsync("CREATE EXTENSION vector");
    }
}
