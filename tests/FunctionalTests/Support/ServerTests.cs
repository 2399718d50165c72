using System.Net;
using Npgsql;

namespace FaceId.FunctionalTests.Support;

/// <summary>Tests against the shared server; each starts with empty tables and one administrator.</summary>
public abstract class ServerTests
{
    [SetUp]
    public Task ResetAsync()
    {
        Mailbox.Empty();
        return TestRun.ResetAsync();
    }

    private protected static Api Anonymous() => TestRun.Server.Anonymous();

    private protected static async Task<Api> AdminAsync()
    {
        var admin = Anonymous();
        return await admin.ContinueAsync(TestRun.AdminToken);
    }

    /// <summary>Makes a person whose address is verified, and signs them in.</summary>
    private protected static async Task<Api> PersonAsync(string email = "ada@example.com", string role = "user")
    {
        using var admin = await AdminAsync();
        (await admin.PostAsync("/api/v1/users", new { email, name = "Ada Lovelace", password = Api.Password, role, verified = true }))
            .ShouldBe(HttpStatusCode.Created);

        // As if they had chosen it themselves.
        await ExecuteAsync("UPDATE users SET password_expires_at = NULL WHERE email = $1", email);
        return await Anonymous().LoginAsync(email);
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
