using FaceId.Infrastructure.Search;
using Npgsql;

namespace FaceId.Infrastructure.Jobs;

/// <summary>
/// Deletes what <c>face_changes</c> holds of the days before. What goes is remembered in one row, by its newest transaction: a server that had not
/// read so far must load all faces anew.
/// </summary>
internal sealed class FaceChangeTrim(NpgsqlDataSource database)
{
    public const string Name = "face-changes";

    private const string Trim = """
        WITH gone AS (
            DELETE FROM face_changes
            WHERE changed_at < now() - interval '1 day' AND transaction < pg_snapshot_xmin(pg_current_snapshot()) RETURNING face_id, transaction),
        newest AS (SELECT transaction FROM gone ORDER BY transaction DESC LIMIT 1),
        remembered AS (INSERT INTO face_changes (face_id, transaction) SELECT $1, transaction FROM newest)
        SELECT count(*) FROM gone WHERE face_id <> $1
        """;

    /// <returns>How many changes went.</returns>
    public async Task<long> TrimAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(Trim);
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = GalleryReader.Trimmed });
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}
