using FaceId.Infrastructure.Postgres;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace FaceId.FunctionalTests.Support;

/// <summary>The PostgreSQL of this test run: our own embedded one, in a folder of its own, without safety on power failure.</summary>
internal static class TestDatabase
{
    private static EmbeddedPostgres? _cluster;

    public static readonly string DataFolder = Path.Combine(Path.GetTempPath(), $"faceid-tests-{Environment.ProcessId}");

    /// <summary>Connects to the database that the shared server uses.</summary>
    public static string ConnectionString => Cluster.Connection.ConnectionString;

    private static EmbeddedPostgres Cluster => _cluster ?? throw new InvalidOperationException("The test run has not started its database.");

    public static async Task StartAsync() => _cluster = await EmbeddedPostgres.AcquireAsync(
        new EmbeddedPostgresOptions { DataFolder = DataFolder, Durable = false },
        EmbeddedPostgresUse.Command,
        NullLogger<EmbeddedPostgres>.Instance,
        CancellationToken.None);

    public static async Task StopAsync()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }

        Directory.Delete(DataFolder, recursive: true);
    }

    /// <summary>Makes an empty database beside the shared one; it goes with the cluster.</summary>
    public static async Task<string> CreateEmptyAsync(string name)
    {
        await ExecuteAsync($"CREATE DATABASE {name} OWNER faceid");
        return new NpgsqlConnectionStringBuilder(ConnectionString) { Database = name }.ConnectionString;
    }

    /// <summary>Takes a database away from whoever uses it.</summary>
    public static Task DropAsync(string name) => ExecuteAsync($"DROP DATABASE {name} WITH (FORCE)");

    private static async Task ExecuteAsync(string sql)
    {
        // The role that the server uses may make no databases.
        await using var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(ConnectionString) { Username = "postgres", Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
