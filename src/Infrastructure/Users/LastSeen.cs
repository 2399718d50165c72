using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;

namespace FaceId.Infrastructure.Users;

/// <summary>Remembers when sessions and keys were last used, and writes it down twice a minute: a request need not wait for that.</summary>
internal sealed partial class LastSeen(NpgsqlDataSource database, TimeProvider time, ILogger<LastSeen> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<Guid, DateTimeOffset> _sessions = new();
    private readonly ConcurrentDictionary<int, DateTimeOffset> _keys = new();

    // Sessions seen since the last writing and in the one before: what idle timeouts ask for.
    private ConcurrentDictionary<Guid, DateTimeOffset> _written = new();

    public void Session(Guid id) => _sessions[id] = time.GetUtcNow();

    public void Key(int id) => _keys[id] = time.GetUtcNow();

    /// <returns>When this process saw the session lately; null when it did not.</returns>
    public DateTimeOffset? Of(Guid session) =>
        _sessions.TryGetValue(session, out var at) || _written.TryGetValue(session, out at) ? at : null;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await WaitAsync(timer, stoppingToken))
        {
            await WriteAsync();
        }

        await WriteAsync();
    }

    private static async Task<bool> WaitAsync(PeriodicTimer timer, CancellationToken stoppingToken)
    {
        try
        {
            return await timer.WaitForNextTickAsync(stoppingToken);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task WriteAsync()
    {
        try
        {
            _written = await WriteAsync(
                "UPDATE sessions s SET last_seen_at = seen.at FROM unnest($1, $2) AS seen (id, at) WHERE s.id = seen.id AND s.last_seen_at < seen.at",
                _sessions,
                NpgsqlDbType.Uuid);
            await WriteAsync(
                "UPDATE api_keys k SET last_used_at = seen.at FROM unnest($1, $2) AS seen (id, at) WHERE k.id = seen.id AND (k.last_used_at IS NULL OR k.last_used_at < seen.at)",
                _keys,
                NpgsqlDbType.Integer);
        }
        catch (NpgsqlException exception)
        {
            LogFailed(logger, exception.Message);
        }
    }

    private async Task<ConcurrentDictionary<TKey, DateTimeOffset>> WriteAsync<TKey>(
        string sql, ConcurrentDictionary<TKey, DateTimeOffset> seen, NpgsqlDbType keyType)
        where TKey : notnull
    {
        var taken = seen.ToArray();
        if (taken.Length > 0)
        {
            await using var command = database.CreateCommand(sql);
            command.Parameters.Add(new NpgsqlParameter { Value = taken.Select(pair => pair.Key).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | keyType });
            command.Parameters.Add(new NpgsqlParameter { Value = taken.Select(pair => pair.Value).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz });
            await command.ExecuteNonQueryAsync();
            foreach (var pair in taken)
            {
                // Only if it was not seen again meanwhile.
                seen.TryRemove(pair);
            }
        }

        return new ConcurrentDictionary<TKey, DateTimeOffset>(taken);
    }

    [LoggerMessage(EventId = 230, Level = LogLevel.Warning, Message = "Could not write down when sessions were last seen; trying again: {Reason}")]
    private static partial void LogFailed(ILogger logger, string reason);
}
