using FaceId.Domain.Faces;
using FaceId.Infrastructure.Configuration;
using FaceId.Infrastructure.Persistence;
using Npgsql;

namespace FaceId.Infrastructure.Search.PgVector;

/// <summary>
/// pgvector's extension and the two tables that only this engine has, made by the server that is set to it. A face that is deleted takes its
/// vector along in the same transaction, whatever the setting is by then.
/// </summary>
internal static class PgVectorSchema
{
    /// <summary>Servers start together.</summary>
    private static readonly string Lock = $"SELECT pg_advisory_xact_lock({AdvisoryLocks.Migrations})";

    /// <summary>The first version whose searches go on when what they found first does not count.</summary>
    private static readonly Version Least = new(0, 8);

    /// <summary>
    /// <c>numbers</c> is null for a face that cannot be read. All numbers of a template fit a half-precision number exactly. <c>filled_to</c>
    /// is the greatest face that the first filling has come to, and null once all are there; <c>generation</c> counts fillings.
    /// </summary>
    private static readonly string Tables = $"""
        CREATE TABLE IF NOT EXISTS face_vectors (
            face_id integer PRIMARY KEY REFERENCES faces (id) ON DELETE CASCADE,
            user_id integer NOT NULL,
            fused boolean NOT NULL,
            numbers halfvec({FaceTemplate.Length}));
        CREATE TABLE IF NOT EXISTS face_vectors_state (
            one boolean PRIMARY KEY DEFAULT true CHECK (one),
            generation bigint NOT NULL,
            shape text NOT NULL,
            snapshot pg_snapshot NOT NULL,
            filled_to integer);
        """;

    /// <summary>Makes what is missing; pgvector lets only superusers make the extension.</summary>
    /// <exception cref="StartupException">It cannot be made; the message says what an administrator of the database does.</exception>
    public static async Task EnsureAsync(Database database, CancellationToken cancellationToken)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(cancellationToken);
        var major = connection.PostgreSqlVersion.Major;
        if (await InstalledAsync(connection, cancellationToken) is not { } installed)
        {
            await using var superuser = database.Superuser is { } privileged ? new NpgsqlConnection(privileged) : null;
            if (superuser is not null)
                await superuser.OpenAsync(cancellationToken);
            await ExecuteAsync(superuser ?? connection, $"{Lock}; CREATE EXTENSION IF NOT EXISTS vector", "CREATE EXTENSION vector", cancellationToken);
        }
        else if (installed < Least)
        {
            throw Refusal($"pgvector {installed} is too old: {Least} is needed. Install a newer one ({Package(major)}) and run, as an administrator of the database: ALTER EXTENSION vector UPDATE");
        }

        await using var present = new NpgsqlCommand("SELECT to_regclass('face_vectors') IS NOT NULL AND to_regclass('face_vectors_state') IS NOT NULL", connection);
        if (!(bool)(await present.ExecuteScalarAsync(cancellationToken))!)
            await ExecuteAsync(connection, $"{Lock}; {Tables}", $"GRANT CREATE ON SCHEMA public TO \"{connection.UserName}\"", cancellationToken);
    }

    /// <returns>The version that the database has; null when it could have one.</returns>
    private static async Task<Version?> InstalledAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT installed_version, default_version FROM pg_available_extensions WHERE name = 'vector'", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
            throw Refusal($"this PostgreSQL has no pgvector. Install it on the database's machine ({Package(connection.PostgreSqlVersion.Major)}, version {Least} or newer)");
        if (!await reader.IsDBNullAsync(0, cancellationToken))
            return Version.Parse(reader.GetString(0));
        return Version.Parse(reader.GetString(1)) is var offered && offered < Least ? offered : null;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, string remedy, CancellationToken cancellationToken)
    {
        try
        {
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw Refusal($"the database's role {connection.UserName} may not make what it needs ({exception.MessageText}). Run, as an administrator of the database: {remedy}");
        }
    }

    private static string Package(int major) => $"Debian calls it postgresql-{major}-pgvector";

    private static StartupException Refusal(string why) => new($"{SearchOptions.Key}={SearchOptions.PgVector}: {why}; or leave {SearchOptions.Key} out.");
}
