using Npgsql;

namespace FaceId.FunctionalTests.Support;

/// <summary>Tests against the shared server; each starts with empty tables and one administrator.</summary>
public abstract class ServerTests
{
    private static string? _adminToken;

    [SetUp]
    public Task ResetAsync() => TestRun.ResetAsync();

    private protected static Api Anonymous() => TestRun.Server.Anonymous();

    private protected static async Task<Api> AdminAsync()
    {
        var admin = Anonymous();
        if (_adminToken is null)
        {
            await admin.LoginAsync(TestServer.AdminEmail);
            _adminToken = admin.Token;
            return admin;
        }

        return await admin.ContinueAsync(_adminToken);
    }

    private protected static async Task<int> ExecuteAsync(string sql, params object[] values)
    {
        await using var connection = new NpgsqlConnection(TestDatabase.ConnectionString);
        await connection.OpenAsync();
        await using var command = Command(connection, sql, values);
        return await command.ExecuteNonQueryAsync();
    }

    private protected static async Task<T> ScalarAsync<T>(string sql, params object[] values)
    {
        await using var connection = new NpgsqlConnection(TestDatabase.ConnectionString);
        await connection.OpenAsync();
        await using var command = Command(connection, sql, values);
        return (T)(await command.ExecuteScalarAsync())!;
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
