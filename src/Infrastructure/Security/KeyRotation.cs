using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using FaceId.Infrastructure.Configuration;
using FaceId.Infrastructure.Persistence;
using FaceId.Infrastructure.Users;
using Npgsql;
using NpgsqlTypes;

namespace FaceId.Infrastructure.Security;

/// <summary>
/// Seals everything that lies sealed in the database anew by the master key in force, beside running servers. What is done is done: it can
/// be stopped at any moment and run again.
/// </summary>
public sealed class KeyRotation
{
    private const int RowsAtOnce = 500;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>How long to wait for transactions that may hold an envelope of the key before.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly NpgsqlDataSource _database;
    private readonly MasterKeys _keys;
    private readonly TimeProvider _time;

    internal KeyRotation(NpgsqlDataSource database, MasterKeys keys, TimeProvider time) => (_database, _keys, _time) = (database, keys, time);

    /// <summary>How many rows each key sealed, by what they are.</summary>
    public async Task<IReadOnlyList<SealedRows>> StatusAsync(CancellationToken cancellationToken)
    {
        await using var connection = await _database.OpenConnectionAsync(cancellationToken);
        return await CountAsync(connection, cancellationToken);
    }

    /// <returns>What could not be opened, and stays as it is.</returns>
    /// <exception cref="StartupException">Another one is at work.</exception>
    public async Task<IReadOnlyList<UnreadableRow>> RunAsync(IProgress<RotationProgress> progress, CancellationToken cancellationToken)
    {
        await using var connection = await _database.OpenConnectionAsync(cancellationToken);
        await using var guard = new NpgsqlCommand("SELECT pg_try_advisory_lock($1)", connection);
        guard.Parameters.Add(new NpgsqlParameter { Value = AdvisoryLocks.KeyRotation });
        if (await guard.ExecuteScalarAsync(cancellationToken) is not true)
            throw new StartupException("Another 'faceid keys rotate' is at work on this database.");

        await KeepPasskeyOwnersAsync(connection, cancellationToken);
        var unreadable = new HashSet<UnreadableRow>();
        await SealAnewAsync(connection, unreadable, progress, cancellationToken);

        // A server may have sealed something by the key before just now, and not written it yet.
        await WaitForOthersAsync(connection, cancellationToken);
        await SealAnewAsync(connection, unreadable, progress, cancellationToken);
        return [.. unreadable];
    }

    /// <summary>Goes over everything until nothing is left, for rows that somebody held are passed by.</summary>
    private async Task SealAnewAsync(
        NpgsqlConnection connection, HashSet<UnreadableRow> unreadable, IProgress<RotationProgress> progress, CancellationToken cancellationToken)
    {
        while (true)
        {
            var rows = (await CountAsync(connection, cancellationToken)).Where(rows => rows.State == KeyState.Old).ToLookup(rows => rows.What);
            foreach (var kind in SealedData.All)
            {
                using var envelope = new SealedEnvelope(_keys, kind);
                foreach (var column in kind.Columns)
                {
                    await SealAnewAsync(connection, column, envelope, rows[column.What].Sum(row => row.Count), unreadable, progress, cancellationToken);
                }
            }

            var left = (await CountAsync(connection, cancellationToken)).Where(row => row.State == KeyState.Old).Sum(row => row.Count);
            if (left <= unreadable.Count)
                return;
            await Task.Delay(Pause, _time, cancellationToken);
        }
    }

    private async Task SealAnewAsync(
        NpgsqlConnection connection,
        SealedColumn column,
        SealedEnvelope envelope,
        long all,
        HashSet<UnreadableRow> unreadable,
        IProgress<RotationProgress> progress,
        CancellationToken cancellationToken)
    {
        object last = DBNull.Value;
        for (var (seen, batch) = (0L, RowsAtOnce); batch == RowsAtOnce && all > 0;)
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            var rows = await ReadAsync(connection, column, last, cancellationToken);
            var anew = new List<(object Id, object Value)>(rows.Count);
            foreach (var (id, owner, value) in rows)
            {
                if (TrySealAnew(envelope, value, owner) is { } sealedAnew)
                    anew.Add((id, sealedAnew));
                else
                    unreadable.Add(new UnreadableRow(column.Table, $"{id}"));
            }

            await WriteAsync(connection, column, anew, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            batch = rows.Count;
            seen += batch;
            if (batch > 0)
            {
                last = rows[^1].Id;
                progress.Report(new RotationProgress(column.What, seen, Math.Max(seen, all)));
            }
        }
    }

    /// <summary>
    /// Rows of old keys, held until they are written. Those that somebody else holds are left out: who waits for none while holding some
    /// is in nobody's way for long.
    /// </summary>
    private async Task<List<(object Id, byte[] Owner, object Value)>> ReadAsync(
        NpgsqlConnection connection, SealedColumn column, object last, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            $"""
            SELECT id, {column.Owner}, {column.Column} FROM {column.Table}
            WHERE ($1::{column.KeyType} IS NULL OR id > $1::{column.KeyType}) AND ({column.Header}) = ANY ($2)
            ORDER BY id LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED
            """,
            connection);
        command.Parameters.Add(new NpgsqlParameter { Value = last });
        command.Parameters.Add(new NpgsqlParameter { Value = _keys.All.Skip(1).Select(SealedEnvelope.HeaderOf).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea });
        command.Parameters.Add(new NpgsqlParameter { Value = RowsAtOnce });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<(object, byte[], object)>(RowsAtOnce);
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add((reader.GetValue(0), reader.GetFieldValue<byte[]>(1), reader.GetValue(2)));
        }

        return rows;
    }

    private static object? TrySealAnew(SealedEnvelope envelope, object value, byte[] owner)
    {
        try
        {
            return value is string text
                ? Secrets.Marker + Base64Url.EncodeToString(envelope.SealAnew(Base64Url.DecodeFromChars(text.AsSpan(Secrets.Marker.Length)), owner))
                : envelope.SealAnew((byte[])value, owner);
        }
        catch (Exception exception) when (exception is CryptographicException or FormatException)
        {
            return null;
        }
    }

    private static async Task WriteAsync(
        NpgsqlConnection connection, SealedColumn column, IReadOnlyList<(object Id, object Value)> rows, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        // The same under another key: searches kept in memory need not read it again.
        batch.BatchCommands.Add(new NpgsqlBatchCommand("SET LOCAL faceid.sealed_anew = 'on'"));
        foreach (var (id, value) in rows)
        {
            var command = new NpgsqlBatchCommand($"UPDATE {column.Table} SET {column.Column} = $1 WHERE id = $2");
            command.Parameters.Add(new NpgsqlParameter { Value = value });
            command.Parameters.Add(new NpgsqlParameter { Value = id });
            batch.BatchCommands.Add(command);
        }

        if (rows.Count > 0)
            await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task<IReadOnlyList<SealedRows>> CountAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var known = _keys.All.Select(key => key.KeyId).ToList();
        var found = new List<SealedRows>();
        foreach (var column in SealedData.All.SelectMany(kind => kind.Columns))
        {
            await using var command = new NpgsqlCommand(
                $"SELECT {column.Header}, count(*) FROM {column.Table} WHERE {column.Column} IS NOT NULL GROUP BY 1 ORDER BY 1 NULLS LAST", connection);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                uint? key = await reader.IsDBNullAsync(0, cancellationToken)
                    ? null
                    : BinaryPrimitives.ReadUInt32BigEndian(reader.GetFieldValue<byte[]>(0).AsSpan(1));
                found.Add(new SealedRows(column.What, key, State(key), reader.GetInt64(1)));
            }
        }

        return found;

        KeyState State(uint? key) => key is not { } id ? KeyState.None
            : known.IndexOf(id) switch { 0 => KeyState.InForce, > 0 => KeyState.Old, _ => KeyState.Missing };
    }

    /// <summary>Authenticators know the owner of a passkey from before <c>user_handle</c> by a value that the master key of then gives.</summary>
    private async Task KeepPasskeyOwnersAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (_keys.All is not [_, var before, ..])
            return;

        var owners = new List<int>();
        await using (var command = new NpgsqlCommand("SELECT DISTINCT user_id FROM passkeys WHERE user_handle IS NULL", connection))
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                owners.Add(reader.GetInt32(0));
            }
        }

        foreach (var owner in owners)
        {
            await using var command = new NpgsqlCommand("UPDATE passkeys SET user_handle = $1 WHERE user_id = $2 AND user_handle IS NULL", connection);
            command.Parameters.Add(new NpgsqlParameter { Value = PasskeyCeremonies.Handle(before, owner) });
            command.Parameters.Add(new NpgsqlParameter { Value = owner });
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    private async Task WaitForOthersAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var clock = new NpgsqlCommand("SELECT clock_timestamp()", connection);
        var now = (DateTime)(await clock.ExecuteScalarAsync(cancellationToken))!;
        await using var older = new NpgsqlCommand(
            """
            SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid() AND xact_start <= $1
            """,
            connection);
        older.Parameters.Add(new NpgsqlParameter { Value = now });
        var started = _time.GetTimestamp();
        do
        {
            await Task.Delay(Pause, _time, cancellationToken);
        }
        while ((long)(await older.ExecuteScalarAsync(cancellationToken))! > 0 && _time.GetElapsedTime(started) < Patience);
    }
}

/// <param name="What">Of what kind, for people.</param>
/// <param name="KeyId">Null for rows that are not sealed, as other programs write them.</param>
public sealed record SealedRows(string What, uint? KeyId, KeyState State, long Count);

public enum KeyState
{
    None,
    InForce,
    Old,

    /// <summary>Nobody gave the key.</summary>
    Missing,
}

public sealed record RotationProgress(string What, long Done, long All);

/// <summary>A row that was changed, or moved from another.</summary>
public sealed record UnreadableRow(string Table, string Id);
