using System.Data;
using System.Globalization;
using FaceId.Domain.Faces;
using Npgsql;

namespace FaceId.Infrastructure.Search;

/// <summary>
/// Reads faces for the search: all of them once, as of one moment, and from then on those that changed. What was read already is told by
/// the snapshot of PostgreSQL under which it was read, for transactions commit in any order.
/// </summary>
internal sealed class GalleryReader(NpgsqlDataSource database, GalleryOptions options)
{
    /// <summary>A row of <c>face_changes</c> that is no change: everything up to its transaction is not kept any more.</summary>
    public const int Trimmed = 0;

    /// <summary>How many faces a range of ids has if they are dense.</summary>
    private const int RangeFaces = 8192;

    /// <summary>About what a row takes on disk.</summary>
    private const int RowBytes = 500;

    private const int MostReaders = 4;

    /// <summary>What tells that a snapshot says nothing of this table, as SQL: it was emptied or restored, or its triggers were off.</summary>
    public const string TableShape = """
        concat_ws(' ', (SELECT oid FROM pg_database WHERE datname = current_database()), pg_relation_filenode('faces'),
            (SELECT string_agg(format('%s:%s:%s', oid, xmin, tgenabled), ',' ORDER BY oid) FROM pg_trigger WHERE tgrelid = 'faces'::regclass AND NOT tgisinternal))
        """;

    /// <summary>The same of what is kept elsewhere: the server started anew, and may have lost commits, or be another one.</summary>
    private const string Shape = $"concat_ws(' ', extract(epoch FROM pg_postmaster_start_time()), {TableShape})";

    /// <summary>Which rows of <c>face_changes</c> a snapshot <c>$1</c> has not seen, as SQL.</summary>
    public static readonly string Unread = $"""
        transaction >= pg_snapshot_xmin($1::pg_snapshot) AND transaction < pg_snapshot_xmax(pg_current_snapshot())
            AND (face_id = {Trimmed.ToString(CultureInfo.InvariantCulture)} OR NOT pg_visible_in_snapshot(transaction, $1::pg_snapshot))
        """;

    private readonly string _ranges = $"SELECT {GalleryRow.Columns(options.Templates)} FROM faces f WHERE f.id >= $1 AND f.id <= $2";

    private readonly string _changes = $"""
        SELECT pg_current_snapshot()::text, {Shape}, NULL::integer, NULL::integer, NULL::integer, NULL::varchar, NULL::bytea, NULL::bytea
        UNION ALL
        SELECT NULL, NULL, c.face_id, {GalleryRow.Columns(options.Templates)}
        FROM (SELECT DISTINCT face_id FROM face_changes WHERE {Unread}) c
        LEFT JOIN faces f ON f.id = c.face_id
        """;

    /// <summary>Of its own, so that following changes waits for nobody who waits for it.</summary>
    private NpgsqlConnection? _connection;

    /// <summary>Reads all faces into empty contents.</summary>
    /// <param name="progress">Called with the share that is read.</param>
    public async Task<GalleryMark> LoadAsync(GalleryContents contents, Action<double> progress, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await BeginAsync(connection, cancellationToken);

        // Locked before the snapshot is taken: nobody empties the table between the two.
        await ExecuteAsync(connection, "LOCK TABLE faces IN ACCESS SHARE MODE", cancellationToken);
        await using var command = new NpgsqlCommand(
            $"SELECT pg_current_snapshot()::text, {Shape}, pg_export_snapshot(), (SELECT min(id) FROM faces), (SELECT max(id) FROM faces), pg_relation_size('faces')", connection);
        GalleryMark mark;
        string snapshot;
        (long Least, long Greatest) ids;
        long size;
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            await reader.ReadAsync(cancellationToken);
            mark = new GalleryMark(reader.GetString(0), reader.GetString(1));
            snapshot = reader.GetString(2);
            if (await reader.IsDBNullAsync(3, cancellationToken))
                return mark;
            ids = (reader.GetInt32(3), reader.GetInt32(4));
            size = reader.GetInt64(5);
        }

        var ranges = Math.Clamp(size / RowBytes / RangeFaces, 1, 100_000);
        var width = (ids.Greatest - ids.Least) / ranges + 1;
        var (next, done) = (0L, 0L);
        await Task.WhenAll(Enumerable.Range(0, (int)Math.Min(ranges, Math.Min(MostReaders, Environment.ProcessorCount))).Select(_ => Task.Run(ReadRangesAsync, cancellationToken)));
        await transaction.CommitAsync(cancellationToken);
        return mark;

        async Task ReadRangesAsync()
        {
            await using var connection = await database.OpenConnectionAsync(cancellationToken);
            await using var transaction = await BeginAsync(connection, cancellationToken);
            await ExecuteAsync(connection, $"SET TRANSACTION SNAPSHOT '{snapshot}'", cancellationToken);
            await using var command = new NpgsqlCommand(_ranges, connection) { CommandTimeout = 0 };
            var (from, to) = (new NpgsqlParameter<int>(), new NpgsqlParameter<int>());
            command.Parameters.Add(from);
            command.Parameters.Add(to);
            await command.PrepareAsync(cancellationToken);
            for (var range = Interlocked.Increment(ref next) - 1; range < ranges; range = Interlocked.Increment(ref next) - 1)
            {
                from.TypedValue = (int)Math.Min(int.MaxValue, ids.Least + range * width);
                to.TypedValue = (int)Math.Min(int.MaxValue, ids.Least + (range + 1) * width - 1);
                if (ids.Least + range * width <= ids.Greatest)
                {
                    await using var reader = await command.ExecuteReaderAsync(cancellationToken);
                    while (await reader.ReadAsync(cancellationToken))
                        contents.Put(GalleryRow.Read(reader, 0));
                }

                progress((double)Interlocked.Increment(ref done) / ranges);
            }
        }
    }

    /// <summary>Brings into the contents what was committed since a mark, and not before it.</summary>
    /// <returns>The mark up to which they are level now; null when they must be loaded anew.</returns>
    public async Task<GalleryMark?> FollowAsync(GalleryContents contents, GalleryMark mark, CancellationToken cancellationToken)
    {
        try
        {
            _connection ??= await database.OpenConnectionAsync(cancellationToken);
            await using var command = new NpgsqlCommand(_changes, _connection) { CommandTimeout = 10 };
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = mark.Snapshot });
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            GalleryMark? now = null;
            var trimmed = false;
            while (await reader.ReadAsync(cancellationToken))
            {
                if (!reader.IsDBNull(0))
                    now = new GalleryMark(reader.GetString(0), reader.GetString(1));
                else if (reader.GetInt32(2) is var face && face == Trimmed)
                    trimmed = true;
                else if (reader.IsDBNull(3))
                    contents.Remove(face);
                else
                    contents.Put(GalleryRow.Read(reader, 3));
            }

            return trimmed || now?.Shape != mark.Shape ? null : now;
        }
        catch
        {
            await CloseAsync();
            throw;
        }
    }

    /// <summary>Finds in the database what the search found in memory, as far as it is still there.</summary>
    /// <param name="faces">Faces with templates.</param>
    /// <param name="users">People of whom all faces are asked for that have only dlib's vector.</param>
    public async Task<IReadOnlyList<KnownFace>> FindAsync(int[] faces, int[] users, CancellationToken cancellationToken)
    {
        const string Columns = "SELECT f.id, f.user_id, u.name, u.is_active";
        const string From = "FROM faces f JOIN users u ON u.id = f.user_id WHERE";
        await using var command = database.CreateCommand(users.Length == 0
            ? $"{Columns}, NULL::bytea {From} f.id = ANY ($1)"
            : $"{Columns}, NULL::bytea {From} f.id = ANY ($1) UNION ALL {Columns}, f.encoding {From} f.user_id = ANY ($2) AND f.model = '{FaceModels.Dlib}' AND {GalleryRow.ByDlib(options.Templates)}");
        command.Parameters.Add(new NpgsqlParameter<int[]> { TypedValue = faces });
        if (users.Length > 0)
            command.Parameters.Add(new NpgsqlParameter<int[]> { TypedValue = users });
        var found = new List<KnownFace>(faces.Length + users.Length);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            found.Add(new KnownFace(
                reader.GetInt32(0), reader.GetInt32(1), reader.GetString(2), reader.GetBoolean(3), reader.IsDBNull(4) ? null : reader.GetFieldValue<byte[]>(4)));
        }

        return found;
    }

    public async ValueTask CloseAsync()
    {
        var connection = _connection;
        _connection = null;
        if (connection is not null)
            await connection.DisposeAsync();
    }

    private static ValueTask<NpgsqlTransaction> BeginAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}

/// <summary>How far changes were read.</summary>
/// <param name="Snapshot">What was committed then, as PostgreSQL tells it.</param>
/// <param name="Shape">Another one makes the snapshot worthless.</param>
internal sealed record GalleryMark(string Snapshot, string Shape);

/// <param name="Encoding">dlib's vector of a face that has nothing else.</param>
internal sealed record KnownFace(int FaceId, int UserId, string Name, bool IsActive, byte[]? Encoding);
