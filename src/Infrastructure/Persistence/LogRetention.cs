using System.Globalization;
using FaceId.Application.Recognition;
using Npgsql;

namespace FaceId.Infrastructure.Persistence;

/// <summary>
/// Drops the partitions of the log whose newest row is old enough, but never the one in use nor those ahead of it, and deletes old rows
/// of the rest in short transactions.
/// </summary>
internal sealed class LogRetention(NpgsqlDataSource database) : IRecognitionLogStore
{
    private const int RowsAtOnce = 10_000;

    // Whoever reads the log must not make those wait who write it.
    private const string LockTimeout = "2s";

    /// <summary>Partitions that end before the next id's own begins, oldest first.</summary>
    private const string Finished = """
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'recognition_logs'::regclass AND c.relname ~ '^recognition_logs_from_[0-9]+$'
          AND substring(c.relname FROM '[0-9]+$')::bigint + $1 <=
              (SELECT CASE WHEN is_called THEN last_value + 1 ELSE last_value END FROM recognition_logs_id_seq)
        ORDER BY substring(c.relname FROM '[0-9]+$')::bigint
        """;

    public async Task<DroppedLog> DropOlderAsync(DateTimeOffset olderThan, bool dryRun, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var (partitions, inPartitions) = (0, 0L);
        foreach (var partition in await FinishedAsync(connection, cancellationToken))
        {
            if (await DropAsync(connection, partition, olderThan, dryRun, cancellationToken) is { } rows)
            {
                partitions++;
                inPartitions += rows;
            }
        }

        if (dryRun)
        {
            // The partitions still stand, so their rows are among these.
            await using var count = new NpgsqlCommand("SELECT count(*) FROM recognition_logs WHERE created_at < $1", connection);
            count.Parameters.Add(new NpgsqlParameter { Value = olderThan });
            return new DroppedLog(partitions, (long)(await count.ExecuteScalarAsync(cancellationToken))!);
        }

        return new DroppedLog(partitions, inPartitions + await DeleteAsync(connection, olderThan, cancellationToken));
    }

    private static async Task<List<string>> FinishedAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Finished, connection);
        command.Parameters.Add(new NpgsqlParameter { Value = LogPartitions.Size });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var names = new List<string>();
        while (await reader.ReadAsync(cancellationToken))
        {
            names.Add(reader.GetString(0));
        }

        return names;
    }

    /// <returns>How many rows it had; null when it stays.</returns>
    private static async Task<long?> DropAsync(
        NpgsqlConnection connection, string partition, DateTimeOffset olderThan, bool dryRun, CancellationToken cancellationToken)
    {
        // Without any lock first: most partitions stay, and nobody should wait for that to be found out.
        if (!await IsOldAsync(null))
        {
            return null;
        }

        if (dryRun)
        {
            return await CountAsync(null);
        }

        try
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await ExecuteAsync(string.Create(CultureInfo.InvariantCulture, $"""
                SET LOCAL lock_timeout = '{LockTimeout}';
                SELECT pg_advisory_xact_lock({AdvisoryLocks.LogPartitions});
                LOCK TABLE recognition_logs IN ACCESS EXCLUSIVE MODE;
                """), transaction);

            // A row whose id was drawn long ago may have come in meanwhile.
            if (!await IsOldAsync(transaction))
            {
                return null;
            }

            var rows = await CountAsync(transaction);
            await ExecuteAsync($"DROP TABLE {partition}", transaction);
            await transaction.CommitAsync(cancellationToken);
            return rows;
        }
        catch (PostgresException exception) when (exception.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.UndefinedTable)
        {
            // Somebody reads the log for long, or another run was faster; the next run comes by again.
            return null;
        }

        async Task<bool> IsOldAsync(NpgsqlTransaction? transaction)
        {
            await using var command = new NpgsqlCommand($"SELECT coalesce(max(created_at) < $1, true) FROM {partition}", connection, transaction);
            command.Parameters.Add(new NpgsqlParameter { Value = olderThan });
            return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
        }

        async Task<long> CountAsync(NpgsqlTransaction? transaction)
        {
            await using var command = new NpgsqlCommand($"SELECT count(*) FROM {partition}", connection, transaction);
            return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
        }

        async Task ExecuteAsync(string sql, NpgsqlTransaction transaction)
        {
            await using var command = new NpgsqlCommand(sql, connection, transaction);
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    private static async Task<long> DeleteAsync(NpgsqlConnection connection, DateTimeOffset olderThan, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "DELETE FROM recognition_logs WHERE id IN (SELECT id FROM recognition_logs WHERE created_at < $1 ORDER BY id LIMIT $2)", connection);
        command.Parameters.Add(new NpgsqlParameter { Value = olderThan });
        command.Parameters.Add(new NpgsqlParameter { Value = RowsAtOnce });
        var all = 0L;
        int deleted;
        do
        {
            deleted = await command.ExecuteNonQueryAsync(cancellationToken);
            all += deleted;
        }
        while (deleted > 0);
        return all;
    }
}
