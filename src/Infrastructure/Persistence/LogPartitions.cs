using System.Globalization;
using Npgsql;

namespace FaceId.Infrastructure.Persistence;

/// <summary>Makes the partitions of recognition_logs before their first row comes.</summary>
internal sealed class LogPartitions(NpgsqlDataSource database)
{
    /// <summary>Rows in one partition; retention drops whole partitions.</summary>
    public const long Size = 1_000_000;

    /// <summary>How many partitions stand ready beyond the one in use: at 10,000 rows a second, five minutes.</summary>
    public const int Ahead = 3;

    /// <summary>Makes the partition that the next row falls into and those ahead of it, where they are missing.</summary>
    /// <returns>How many were made.</returns>
    public async Task<int> EnsureAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var next = await NextIdAsync(connection, cancellationToken);
        var made = 0;
        for (var i = 0; i <= Ahead; i++)
        {
            var from = (next - 1) / Size * Size + 1 + i * Size;
            if (!await ExistsAsync(connection, Name(from), cancellationToken) && await CreateAsync(connection, from, cancellationToken))
            {
                made++;
            }
        }

        return made;
    }

    private static string Name(long from) => string.Create(CultureInfo.InvariantCulture, $"recognition_logs_from_{from}");

    private static async Task<long> NextIdAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "SELECT CASE WHEN is_called THEN last_value + 1 ELSE last_value END FROM recognition_logs_id_seq", connection);
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private static async Task<bool> ExistsAsync(NpgsqlConnection connection, string name, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT to_regclass($1) IS NOT NULL", connection);
        command.Parameters.Add(new NpgsqlParameter { Value = name });
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>
    /// Creates one partition, taking over the rows of its range that fell into the default partition meanwhile; a plain
    /// CREATE would be refused because of them.
    /// </summary>
    private static async Task<bool> CreateAsync(NpgsqlConnection connection, long from, CancellationToken cancellationToken)
    {
        var name = Name(from);
        var to = from + Size;
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await ExecuteAsync($"SELECT pg_advisory_xact_lock({AdvisoryLocks.LogPartitions})");
        if (await ExistsAsync(connection, name, cancellationToken))
        {
            return false;
        }

        await ExecuteAsync($"""
            LOCK TABLE recognition_logs IN ACCESS EXCLUSIVE MODE;
            CREATE TABLE {name} (LIKE recognition_logs INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
            WITH moved AS (DELETE FROM recognition_logs_default WHERE id >= {from} AND id < {to} RETURNING *)
            INSERT INTO {name} SELECT * FROM moved;
            ALTER TABLE recognition_logs ATTACH PARTITION {name} FOR VALUES FROM ({from}) TO ({to});
            """);
        await transaction.CommitAsync(cancellationToken);
        return true;

        async Task ExecuteAsync(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection, transaction);
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }
}
