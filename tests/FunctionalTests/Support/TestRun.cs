using FaceId.Application.Common;
using FaceId.Application.Users;
using FaceId.FunctionalTests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Respawn;

namespace FaceId.FunctionalTests;

/// <summary>Once for all tests: a database and a server on it.</summary>
[SetUpFixture]
internal sealed class TestRun
{
    private static Respawner? _respawner;
    private static string _insertAdmin = "";
    private static DateTimeOffset _tokenMade;

    public static TestServer Server { get; private set; } = null!;

    /// <summary>An access token of the administrator, whose session every reset puts back.</summary>
    public static string AdminToken { get; private set; } = "";

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        await TestDatabase.StartAsync();
        Server = await TestServer.StartAsync(TestDatabase.ConnectionString);

        await using var connection = new NpgsqlConnection(TestDatabase.ConnectionString);
        await connection.OpenAsync();
        using var admin = await Server.Anonymous().LoginAsync(TestServer.AdminEmail);
        (AdminToken, _tokenMade) = (admin.Token, DateTimeOffset.UtcNow);
        await using var command = new NpgsqlCommand(
            """
            SELECT format('INSERT INTO users (id, email, name, hashed_password, role, is_verified) VALUES (%s, %L, %L, %L, %L, true);', u.id, email, name, hashed_password, role)
                || format('INSERT INTO sessions (id, user_id, created_at, last_seen_at, expires_at, proven_at) VALUES (%L, %s, now(), now(), %L, now())', s.id, u.id, s.expires_at)
            FROM users u JOIN sessions s ON s.user_id = u.id
            """,
            connection);
        _insertAdmin = (string)(await command.ExecuteScalarAsync())!;
        _respawner = await Respawner.CreateAsync(connection, new RespawnerOptions
        {
            DbAdapter = DbAdapter.Postgres,
            SchemasToInclude = ["public"],
            TablesToIgnore = ["__EFMigrationsHistory", "signing_keys"],
            CommandTimeout = 120,
        });
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        if (Server is not null)
        {
            await Server.DisposeAsync();
        }

        await TestDatabase.StopAsync();
    }

    /// <summary>Empties the tables and puts back the administrator and their session, so that their token stays good.</summary>
    public static async Task ResetAsync()
    {
        await using var connection = new NpgsqlConnection(TestDatabase.ConnectionString);
        await connection.OpenAsync();
        await _respawner!.ResetAsync(connection);

        // A server that lives ahead of time makes keys that would sign in the place of today's.
        await using var command = new NpgsqlCommand($"DELETE FROM signing_keys WHERE created_at > now() + interval '1 day'; {_insertAdmin}", connection);
        await command.ExecuteNonQueryAsync();
        if (DateTimeOffset.UtcNow - _tokenMade > TimeSpan.FromMinutes(5))
        {
            await RenewTokenAsync();
        }
    }

    /// <summary>A token is good for a quarter of an hour, and all tests together may take longer.</summary>
    private static async Task RenewTokenAsync()
    {
        await using var scope = Server.Services.CreateAsyncScope();
        var session = await scope.ServiceProvider.GetRequiredService<IFaceIdDb>().Sessions.AsNoTracking().SingleAsync();
        var token = await scope.ServiceProvider.GetRequiredService<IAccessTokens>().IssueAsync(session, CancellationToken.None);
        (AdminToken, _tokenMade) = (token.Value, DateTimeOffset.UtcNow);
    }
}
