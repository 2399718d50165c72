using FaceId.Application.Recognition;
using FaceId.Domain.Recognition;
using FaceId.Infrastructure.Persistence;
using Npgsql;
using NpgsqlTypes;

namespace FaceId.Infrastructure.Recognition;

internal sealed class RecognitionLogWriter(NpgsqlDataSource database) : IRecognitionLogWriter
{
    // The subselect turns the id of nobody into null; the row must be written all the same.
    private const string Insert = """
        INSERT INTO recognition_logs
            (user_id, action, success, confidence, ip_address, user_agent, created_at, attempted, distance, threshold, model, reason, latency_ms, actor_id, api_key_id)
        VALUES
            ((SELECT id FROM users WHERE id = $1), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, (SELECT id FROM users WHERE id = $14), $15)
        """;

    public async Task WriteAsync(RecognitionLog row)
    {
        try
        {
            await InsertAsync(row);
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.ForeignKeyViolation)
        {
            // The person, or who asked, was erased between the look-up and the insert, and with them where they were.
            await InsertAsync(row with { UserId = null, ActorId = null, ApiKeyId = null, IpAddress = null, UserAgent = null });
        }
    }

    private async Task InsertAsync(RecognitionLog row)
    {
        await using var command = database.CreateCommand(Insert);
        var parameters = command.Parameters;
        parameters.Add(Typed(row.UserId, NpgsqlDbType.Integer));
        parameters.Add(Typed(SnakeCaseEnum<RecognitionAction>.Write(row.Action), NpgsqlDbType.Varchar));
        parameters.Add(Typed(row.Success, NpgsqlDbType.Boolean));
        parameters.Add(Typed(row.Confidence, NpgsqlDbType.Double));
        parameters.Add(Typed(row.IpAddress, NpgsqlDbType.Varchar));
        parameters.Add(Typed(row.UserAgent, NpgsqlDbType.Varchar));
        parameters.Add(Typed(row.CreatedAt, NpgsqlDbType.TimestampTz));
        parameters.Add(Typed(row.Attempted is { } attempted ? SnakeCaseEnum<RecognitionAction>.Write(attempted) : null, NpgsqlDbType.Varchar));
        parameters.Add(Typed(row.Distance, NpgsqlDbType.Double));
        parameters.Add(Typed(row.Threshold, NpgsqlDbType.Double));
        parameters.Add(Typed(row.Model, NpgsqlDbType.Varchar));
        parameters.Add(Typed(row.Reason, NpgsqlDbType.Varchar));
        parameters.Add(Typed(row.LatencyMs, NpgsqlDbType.Double));
        parameters.Add(Typed(row.ActorId, NpgsqlDbType.Integer));
        parameters.Add(Typed(row.ApiKeyId, NpgsqlDbType.Integer));
        await command.ExecuteNonQueryAsync(CancellationToken.None);
    }

    private static NpgsqlParameter Typed(object? value, NpgsqlDbType type) => new() { Value = value ?? DBNull.Value, NpgsqlDbType = type };
}
