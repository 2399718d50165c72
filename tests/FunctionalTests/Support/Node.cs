using System.Globalization;
using FaceId.Application.Faces;
using FaceId.Domain.Faces;
using FaceId.Infrastructure.Postgres;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace FaceId.FunctionalTests.Support;

/// <summary>One server of several on a database, asked for faces by their numbers.</summary>
internal sealed class Node : IAsyncDisposable
{
    private static readonly GalleryReach Wide = new(Fused: 1.0, Dlib: 1.0);

    private readonly CollectedLog _log;

    private Node(TestServer server, CollectedLog log) => (Server, _log) = (server, log);

    public TestServer Server { get; }

    public IEnumerable<string> Log => _log.Lines;

    public IFaceGallery Gallery => Server.Services.GetRequiredService<IFaceGallery>();

    /// <summary>How often all faces were loaded.</summary>
    public int Loads => Log.Count(line => line.StartsWith("Information Loaded ", StringComparison.Ordinal));

    public static async Task<Node> StartAsync(string url, params (string Key, string Value)[] settings)
    {
        var log = new CollectedLog();
        return new Node(await TestServer.StartAsync(url, builder => builder.Logging.AddProvider(log), settings), log);
    }

    /// <summary>Whom the gallery finds; null when it is refused.</summary>
    public async Task<int[]?> FindAsync(FaceOpinions face, int limit = 10)
    {
        var found = await Gallery.SearchAsync([face], new GalleryQuery(limit, Wide), CancellationToken.None);
        return found.IsError ? null : [.. found.Value[0].Select(match => match.FaceId)];
    }

    public Task<int[]?> FindAsync(int seed) => FindAsync(Numbers.Opinions(seed));

    /// <summary>The face that is found, as text: its number, <c>nobody</c>, or <c>refused</c>.</summary>
    public async Task<string> NearestAsync(int seed) => await FindAsync(seed) switch
    {
        null => "refused",
        [] => "nobody",
        [var nearest, ..] => nearest.ToString(CultureInfo.InvariantCulture),
    };

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        _log.Dispose();
    }
}

/// <summary>A database that tests treat badly, and people in it.</summary>
internal sealed class SharedDatabase
{
    private readonly string _name;

    private SharedDatabase(string name, string url) => (_name, Url) = (name, url);

    public string Url { get; }

    public static async Task<SharedDatabase> CreateAsync()
    {
        var name = $"shared_{Guid.NewGuid():N}";
        return new SharedDatabase(name, await TestDatabase.CreateEmptyAsync(name));
    }

    public Task DropAsync() => TestDatabase.DropAsync(_name);

    public Task<int> ExecuteAsync(string sql, params object[] values) => TestDatabase.ExecuteAsync(Superuser, sql, values);

    public Task<T> ScalarAsync<T>(string sql, params object[] values) => TestDatabase.ScalarAsync<T>(Superuser, sql, values);

    public Task<int> PersonAsync(bool active = true) => ScalarAsync<int>(
        "INSERT INTO users (email, name, hashed_password, is_active) VALUES (gen_random_uuid() || '@example.com', 'Somebody', '', $1) RETURNING id", active);

    /// <summary>Writes a face as a server would.</summary>
    public Task<int> EnrolAsync(Node node, int userId, FaceOpinions face) => Numbers.EnrolAsync(Superuser, node.Server.Services, userId, face);

    public async Task<int> EnrolAsync(Node node, int seed) => await EnrolAsync(node, await PersonAsync(), Numbers.Opinions(seed));

    /// <summary>Ends what servers have open, as a network does that fails.</summary>
    /// <param name="listening">Only those that hear of changes.</param>
    public Task CutAsync(bool listening = false) => ExecuteAsync(
        $"""
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND usename = '{Cluster.Role}' {(listening ? "AND query IN ('LISTEN faceid_changes', 'SELECT 1')" : "")}
        """);

    /// <summary>Lets nobody in but the tests.</summary>
    public async Task CloseAsync()
    {
        await ExecuteAsync($"ALTER DATABASE {_name} CONNECTION LIMIT 0");
        await CutAsync();
    }

    public Task OpenAsync() => ExecuteAsync($"ALTER DATABASE {_name} CONNECTION LIMIT -1");

    public string Superuser => new NpgsqlConnectionStringBuilder(Url) { Username = "postgres", Pooling = false }.ConnectionString;
}
