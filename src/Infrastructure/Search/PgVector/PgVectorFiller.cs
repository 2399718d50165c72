using System.Data;
using System.Globalization;
using FaceId.Application.Faces;
using FaceId.Domain.Faces;
using FaceId.Infrastructure.Persistence;
using Npgsql;

namespace FaceId.Infrastructure.Search.PgVector;

/// <summary>
/// Keeps <c>face_vectors</c> level with <c>faces</c>, whose changes it reads as <see cref="GalleryReader"/> does. How far they were read is
/// kept in the database, where one server at a time does the work for all: the others see that it is done.
/// </summary>
internal sealed class PgVectorFiller(NpgsqlDataSource database, ITemplateVault vault, UnreadableFaces unreadable, GalleryOptions options)
{
    /// <summary>Faces of one transaction. Without an index thousands are written in a moment; with one each takes a millisecond or two.</summary>
    private const int FillAtOnce = 5000;
    private const int ApplyAtOnce = 500;

    /// <summary>Seconds for a statement over many faces.</summary>
    private const int Patience = 120;

    /// <summary>With what pgvector takes by itself, 16 and 64, a few faces in a thousand are still missed at ef_search 200 (ADR 0036).</summary>
    private const string Graph = "m = 24, ef_construction = 200";

    /// <summary>Less than PostgreSQL waits before it looks for deadlocks: we give way, not whoever deletes faces.</summary>
    private const string GiveWay = "SELECT set_config('lock_timeout', '500ms', true)";

    private static readonly (string Name, string Faces)[] Indexes = [("face_vectors_fused", "fused"), ("face_vectors_dlib", "NOT fused")];

    /// <summary>What is stored is another thing when one of these changes. The tables outlive a restart of PostgreSQL.</summary>
    private readonly string _shape =
        $"concat_ws(' ', 'v1', {(options.Templates ? "'fused'" : "'dlib'")}, (SELECT system_identifier FROM pg_control_system()), {GalleryReader.TableShape})";

    /// <summary>Of its own, so that following changes waits for nobody who waits for it.</summary>
    private NpgsqlConnection? _connection;

    /// <summary>What is there, as of the moment of asking.</summary>
    public async Task<VectorState> LookAsync(CancellationToken cancellationToken)
    {
        var connection = await ConnectAsync(cancellationToken);
        await using var command = new NpgsqlCommand(
            $"""
            SELECT s.generation, s.filled_to, s.snapshot::text, s.shape = {_shape},
                (SELECT count(*) FROM pg_index WHERE indrelid = 'face_vectors'::regclass AND indisvalid AND NOT indisprimary)
            FROM face_vectors_state s
            """,
            connection);
        VectorState state;
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            if (!await reader.ReadAsync(cancellationToken))
                return VectorState.None;
            state = new VectorState(
                reader.GetInt64(0), await reader.IsDBNullAsync(1, cancellationToken) ? null : reader.GetInt32(1), reader.GetString(2), reader.GetBoolean(3), reader.GetInt64(4) == Indexes.Length);
        }

        // Whoever reads this later than the mark knows less of what is read, never more.
        await using var unread = new NpgsqlCommand($"SELECT min(face_id) FROM face_changes WHERE {GalleryReader.Unread}", connection);
        unread.Parameters.Add(new NpgsqlParameter<string> { TypedValue = state.Snapshot });
        return await unread.ExecuteScalarAsync(cancellationToken) switch
        {
            int and GalleryReader.Trimmed => state with { Fits = false },
            int => state with { Unread = true },
            _ => state,
        };
    }

    /// <summary>Does what is next.</summary>
    /// <returns>False when another server is at it.</returns>
    public Task<bool> StepAsync(CancellationToken cancellationToken) => LockedAsync(
        async connection =>
        {
            var state = await LookAsync(cancellationToken);
            if (!state.Fits)
                await ResetAsync(connection, cancellationToken);
            else if (state.FilledTo is { } filled)
                await FillAsync(connection, filled, cancellationToken);
            else if (!state.Indexed)
                await IndexAsync(connection, cancellationToken);
            else if (state.Unread)
                await ApplyAsync(connection, state, cancellationToken);
        },
        cancellationToken);

    /// <summary>Tries once more to read what could not be read, by a server perhaps that had another key.</summary>
    /// <returns>False when another server is at it.</returns>
    public Task<bool> RetryAsync(CancellationToken cancellationToken) => LockedAsync(
        async connection =>
        {
            for (var last = 0; ;)
            {
                await using var transaction = await BeginAsync(connection, cancellationToken);
                var rows = await ReadAsync(
                    connection,
                    $"f.id IN (SELECT face_id FROM face_vectors WHERE numbers IS NULL AND face_id > $1 ORDER BY face_id LIMIT {ApplyAtOnce}) ORDER BY f.id",
                    new NpgsqlParameter<int> { TypedValue = last },
                    cancellationToken);
                if (rows.Count == 0)
                    return;
                last = rows[^1].FaceId;
                await WriteAsync(connection, rows, cancellationToken);
                await transaction.CommitAsync(cancellationToken);
            }
        },
        cancellationToken);

    /// <summary>The share of faces that the first filling has come to.</summary>
    public async Task<double> ProgressAsync(int filledTo, CancellationToken cancellationToken)
    {
        var greatest = await ScalarAsync<int>(await ConnectAsync(cancellationToken), "SELECT COALESCE(max(id), 0) FROM faces", cancellationToken);
        return Math.Clamp((double)filledTo / Math.Max(1, greatest), 0, 1);
    }

    public async Task<VectorCounts> CountAsync(CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "SELECT count(*) FILTER (WHERE numbers IS NOT NULL), count(DISTINCT user_id) FILTER (WHERE numbers IS NOT NULL), count(*) FILTER (WHERE numbers IS NULL) FROM face_vectors",
            await ConnectAsync(cancellationToken))
        { CommandTimeout = Patience };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new VectorCounts((int)reader.GetInt64(0), (int)reader.GetInt64(1), (int)reader.GetInt64(2));
    }

    public async ValueTask CloseAsync()
    {
        var connection = _connection;
        _connection = null;
        if (connection is not null)
            await connection.DisposeAsync();
    }

    private async Task<bool> LockedAsync(Func<NpgsqlConnection, Task> work, CancellationToken cancellationToken)
    {
        var connection = await ConnectAsync(cancellationToken);
        if (!await ScalarAsync<bool>(connection, $"SELECT pg_try_advisory_lock({AdvisoryLocks.FaceVectors})", cancellationToken))
            return false;
        try
        {
            await work(connection);
            return true;
        }
        finally
        {
            // A broken connection has lost the lock already.
            if (connection.State == ConnectionState.Open)
                await ScalarAsync<bool>(connection, $"SELECT pg_advisory_unlock({AdvisoryLocks.FaceVectors})", CancellationToken.None);
        }
    }

    /// <summary>Begins anew. What is committed from here on will be told as a change.</summary>
    private async Task ResetAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var transaction = await BeginAsync(connection, cancellationToken);
        await ExecuteAsync(connection, "DROP INDEX IF EXISTS face_vectors_fused, face_vectors_dlib", cancellationToken);
        await ExecuteAsync(connection, "TRUNCATE face_vectors", cancellationToken);
        await ExecuteAsync(
            connection,
            $"""
            INSERT INTO face_vectors_state (generation, shape, snapshot, filled_to) SELECT 1, {_shape}, pg_current_snapshot(), 0
            ON CONFLICT (one) DO UPDATE SET generation = face_vectors_state.generation + 1, shape = EXCLUDED.shape, snapshot = EXCLUDED.snapshot, filled_to = 0
            """,
            cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private async Task FillAsync(NpgsqlConnection connection, int filled, CancellationToken cancellationToken)
    {
        await using var transaction = await BeginAsync(connection, cancellationToken);
        var rows = await ReadAsync(connection, $"f.id > $1 ORDER BY f.id LIMIT {FillAtOnce}", new NpgsqlParameter<int> { TypedValue = filled }, cancellationToken);
        if (rows.Count > 0)
            await WriteAsync(connection, rows, cancellationToken);
        await ExecuteAsync(connection, $"UPDATE face_vectors_state SET filled_to = {(rows.Count > 0 ? rows[^1].FaceId : "NULL")}", cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>Makes the indexes that are missing, of all rows together, which is much faster than of one after the other. Deletions go on meanwhile.</summary>
    private static async Task IndexAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        foreach (var (name, faces) in Indexes)
        {
            if (await ScalarAsync<bool>(connection, $"SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('{name}') AND indisvalid)", cancellationToken))
                continue;

            // A try that broke off leaves an index that is of no use.
            await ExecuteAsync(connection, $"DROP INDEX CONCURRENTLY IF EXISTS {name}", cancellationToken);
            await ExecuteAsync(
                connection, $"CREATE INDEX CONCURRENTLY {name} ON face_vectors USING hnsw (numbers halfvec_l2_ops) WITH ({Graph}) WHERE {faces} AND numbers IS NOT NULL", cancellationToken);
        }

        await ExecuteAsync(connection, "ANALYZE face_vectors", cancellationToken);
    }

    /// <summary>Brings in what changed since the mark. Only then does the mark move, so that what breaks off is done again.</summary>
    private async Task ApplyAsync(NpgsqlConnection connection, VectorState state, CancellationToken cancellationToken)
    {
        int[] faces;
        string now;
        await using (var command = new NpgsqlCommand(
            $"SELECT pg_current_snapshot()::text, ARRAY(SELECT DISTINCT face_id FROM face_changes WHERE {GalleryReader.Unread} ORDER BY face_id)", connection))
        {
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = state.Snapshot });
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            await reader.ReadAsync(cancellationToken);
            (now, faces) = (reader.GetString(0), reader.GetFieldValue<int[]>(1));
        }

        // Trimmed while we were looking: the next look will tell.
        if (faces is [GalleryReader.Trimmed, ..])
            return;
        foreach (var some in faces.Chunk(ApplyAtOnce))
        {
            await using var transaction = await BeginAsync(connection, cancellationToken);
            await WriteAsync(connection, await ReadAsync(connection, "f.id = ANY ($1) ORDER BY f.id", new NpgsqlParameter<int[]> { TypedValue = some }, cancellationToken), cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }

        await using var mark = new NpgsqlCommand("UPDATE face_vectors_state SET snapshot = $1::pg_snapshot", connection);
        mark.Parameters.Add(new NpgsqlParameter<string> { TypedValue = now });
        await mark.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Reads rows of <c>faces</c> that stay until the transaction ends.</summary>
    private async Task<List<GalleryRow>> ReadAsync(NpgsqlConnection connection, string which, NpgsqlParameter value, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"SELECT {GalleryRow.Columns(options.Templates)} FROM faces f WHERE {which} FOR KEY SHARE", connection) { CommandTimeout = Patience };
        command.Parameters.Add(value);
        var rows = new List<GalleryRow>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            rows.Add(GalleryRow.Read(reader, 0));
        return rows;
    }

    private async Task WriteAsync(NpgsqlConnection connection, List<GalleryRow> rows, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            $"""
            INSERT INTO face_vectors (face_id, user_id, fused, numbers)
            SELECT face_id, user_id, fused, numbers::halfvec({FaceTemplate.Length}) FROM unnest($1::integer[], $2::integer[], $3::boolean[], $4::text[]) AS _ (face_id, user_id, fused, numbers)
            ON CONFLICT (face_id) DO UPDATE SET user_id = EXCLUDED.user_id, fused = EXCLUDED.fused, numbers = EXCLUDED.numbers
            """,
            connection)
        { CommandTimeout = Patience };
        command.Parameters.Add(new NpgsqlParameter<int[]> { TypedValue = [.. rows.Select(row => row.FaceId)] });
        command.Parameters.Add(new NpgsqlParameter<int[]> { TypedValue = [.. rows.Select(row => row.UserId)] });
        command.Parameters.Add(new NpgsqlParameter<bool[]> { TypedValue = [.. rows.Select(row => row.Template is not null)] });
        command.Parameters.Add(new NpgsqlParameter<string?[]> { TypedValue = [.. rows.Select(Open)] });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <returns>The numbers as pgvector reads them; null when the face cannot be read.</returns>
    private string? Open(GalleryRow row)
    {
        try
        {
            Span<sbyte> steps = stackalloc sbyte[FaceTemplate.Length];
            var numbers = row.Template is { } template ? vault.OpenTemplate(template, row.UserId).ToNumbers() : row.OpenDlib(vault, steps).Vector.Values.ToArray();
            return $"[{string.Join(',', numbers.Select(number => number.ToString(CultureInfo.InvariantCulture)))}]";
        }
        catch (TemplateUnreadableException exception)
        {
            unreadable.Tell(row.FaceId, exception.Message);
            return null;
        }
    }

    private async Task<NpgsqlConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        if (_connection is { State: not ConnectionState.Open })
            await CloseAsync();
        return _connection ??= await database.OpenConnectionAsync(cancellationToken);
    }

    private static async Task<NpgsqlTransaction> BeginAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await ExecuteAsync(connection, GiveWay, cancellationToken);
        return transaction;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<T> ScalarAsync<T>(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}

/// <param name="Generation">Another one means that all was filled anew.</param>
/// <param name="FilledTo">The greatest face that the first filling has come to; null once all are there.</param>
/// <param name="Snapshot">Up to where changes were read.</param>
/// <param name="Fits">Whether what is there can be kept level; otherwise it is filled anew.</param>
/// <param name="Unread">Whether there are changes to bring in.</param>
internal sealed record VectorState(long Generation, int? FilledTo, string Snapshot, bool Fits, bool Indexed, bool Unread = false)
{
    public static readonly VectorState None = new(0, null, "", Fits: false, Indexed: false);

    /// <summary>Whether everything is there that was committed before the look.</summary>
    public bool IsLevel => this is { Fits: true, FilledTo: null, Unread: false };
}

internal sealed record VectorCounts(int Faces, int People, int SetAside);
