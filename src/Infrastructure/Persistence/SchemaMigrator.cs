using System.Data.Common;
using FaceId.Infrastructure.Jobs;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql;

namespace FaceId.Infrastructure.Persistence;

/// <summary>Brings the schema to a migration and back. Several at once on one database take turns by an advisory lock.</summary>
public sealed class SchemaMigrator
{
    private readonly FaceIdDb _db;

    internal SchemaMigrator(FaceIdDb db) => _db = db;

    /// <summary>All migrations of this program, oldest first, with whether the database has them.</summary>
    public async Task<IReadOnlyList<MigrationState>> StatusAsync(CancellationToken cancellationToken)
    {
        // A database that is not there at all would otherwise be one without migrations.
        await _db.Database.OpenConnectionAsync(cancellationToken);
        var applied = (await _db.Database.GetAppliedMigrationsAsync(cancellationToken)).ToHashSet(StringComparer.Ordinal);
        await _db.Database.CloseConnectionAsync();
        return [.. Known().Select(name => new MigrationState(name, applied.Remove(name))), .. applied.Select(name => new MigrationState(name, Applied: true, Known: false))];
    }

    /// <summary>Whether the database has every migration, and the tables of the jobs.</summary>
    public async Task<bool> IsCompleteAsync(CancellationToken cancellationToken) =>
        (await StatusAsync(cancellationToken)).All(migration => migration.Applied) && await JobSchema.IsCurrentAsync(_db.Database, cancellationToken);

    /// <summary>Applies what is missing, and says what that was.</summary>
    /// <exception cref="UnknownMigrationException">The database was migrated by a newer program.</exception>
    public Task<IReadOnlyList<string>> MigrateAsync(CancellationToken cancellationToken) => LockedAsync(
        async () =>
        {
            var status = await StatusAsync(cancellationToken);
            if (status.FirstOrDefault(state => !state.Known) is { } foreign)
            {
                throw new UnknownMigrationException(
                    $"The database has migration {foreign.Name}, which this program does not know: run the newer program, or roll back with it first.");
            }

            var missing = status.Where(state => !state.Applied).Select(state => state.Name).ToList();
            if (missing.Count > 0)
            {
                await _db.Database.MigrateAsync(cancellationToken);
            }

            await JobSchema.InstallAsync(_db.Database, cancellationToken);
            return (IReadOnlyList<string>)missing;
        },
        cancellationToken);

    /// <summary>Takes back applied migrations, newest first.</summary>
    /// <param name="to">The migration to end at, with or without its number; "0" for an empty database; null for one step.</param>
    /// <returns>The migrations that were taken back.</returns>
    /// <exception cref="UnknownMigrationException">There is no such migration, or the database does not have it.</exception>
    public Task<IReadOnlyList<string>> RollbackAsync(string? to, CancellationToken cancellationToken) => LockedAsync(
        async () =>
        {
            var applied = (await StatusAsync(cancellationToken)).Where(state => state.Applied).Select(state => state.Name).ToList();
            if (applied.Count == 0)
            {
                return [];
            }

            var target = to is null ? applied.Count - 2 : to == "0" ? -1 : applied.FindIndex(name => IsCalled(name, to));
            if (target < 0 && to is not (null or "0"))
            {
                throw new UnknownMigrationException($"The database has no migration '{to}'. 'faceid db status' lists those it has.");
            }

            await _db.GetService<IMigrator>().MigrateAsync(target < 0 ? Migration.InitialDatabase : applied[target], cancellationToken);
            if (target < 0)
            {
                await JobSchema.DropAsync(_db.Database, cancellationToken);
            }

            return (IReadOnlyList<string>)[.. applied.Skip(target + 1).Reverse()];
        },
        cancellationToken);

    /// <summary>The SQL of all migrations, safe to run on a database that has some of them.</summary>
    public string Script() => _db.GetService<IMigrator>().GenerateScript(options: MigrationsSqlGenerationOptions.Idempotent);

    private IEnumerable<string> Known() => _db.Database.GetMigrations();

    private static bool IsCalled(string migration, string name) =>
        string.Equals(migration, name, StringComparison.OrdinalIgnoreCase)
        || migration.EndsWith("_" + name, StringComparison.OrdinalIgnoreCase);

    private async Task<T> LockedAsync<T>(Func<Task<T>> work, CancellationToken cancellationToken)
    {
        await _db.Database.OpenConnectionAsync(cancellationToken);
        try
        {
            var connection = _db.Database.GetDbConnection();
            await ExecuteAsync(connection, $"SELECT pg_advisory_lock({AdvisoryLocks.Migrations})", cancellationToken);
            try
            {
                return await work();
            }
            finally
            {
                await ExecuteAsync(connection, $"SELECT pg_advisory_unlock({AdvisoryLocks.Migrations})", CancellationToken.None);
            }
        }
        finally
        {
            await _db.Database.CloseConnectionAsync();
        }
    }

    private static async Task ExecuteAsync(DbConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, (NpgsqlConnection)connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}

/// <param name="Known">False for one that a newer program applied.</param>
public sealed record MigrationState(string Name, bool Applied, bool Known = true);

/// <summary>A migration was asked for, or found, that does not exist. The message says what to do.</summary>
public sealed class UnknownMigrationException(string message) : Exception(message);
