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

    /// <returns>How many rows it concerned.</returns>
    public static async Task<int> ExecuteAsync(string url, string sql, params object[] values)
    {
        await using var connection = await OpenAsync(url);
        await using var command = Command(connection, sql, values);
        return await command.ExecuteNonQueryAsync();
    }

    public static async Task<T> ScalarAsync<T>(string url, string sql, params object[] values)
    {
        await using var connection = await OpenAsync(url);
        await using var command = Command(connection, sql, values);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    // The role that the server uses may make no databases.
    private static Task ExecuteAsync(string sql) => ExecuteAsync(
        new NpgsqlConnectionStringBuilder(ConnectionString) { Username = "postgres", Pooling = false }.ConnectionString, sql);

    private static async Task<NpgsqlConnection> OpenAsync(string url)
    {
        var connection = new NpgsqlConnection(url);
        await connection.OpenAsync();
        return connection;
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, object[] values)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        return command;
    }
}
