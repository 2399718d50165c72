using FaceId.Application.Users.Retention;
using FaceId.Infrastructure.Persistence;
using Hangfire;
using MediatR;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace FaceId.Infrastructure.Jobs;

/// <summary>
/// The job that applies the settings of retention once a day, on one node. An advisory lock keeps two runs apart: the locks of
/// Hangfire's storage are taken away from whoever holds one for longer than a minute, and the first run on an old database may take hours.
/// </summary>
internal sealed partial class DailyRetention(IMediator mediator, NpgsqlDataSource database, TimeProvider time, ILogger<DailyRetention> logger)
{
    public const string Name = "retention";

    /// <exception cref="InvalidOperationException">It was refused; Hangfire shows the message.</exception>
    [AutomaticRetry(Attempts = 3, DelaysInSeconds = [60, 600, 3600])]
    public async Task ApplyAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        if (!await CommandAsync<bool>(connection, "SELECT pg_try_advisory_lock($1)", cancellationToken))
        {
            LogBusy(logger);
            return;
        }

        try
        {
            await ApplyAloneAsync(cancellationToken);
        }
        finally
        {
            // The connection goes back into the pool, and would keep the lock.
            await CommandAsync<bool>(connection, "SELECT pg_advisory_unlock($1)", CancellationToken.None);
        }
    }

    private async Task ApplyAloneAsync(CancellationToken cancellationToken)
    {
        LogBegins(logger);
        var started = time.GetTimestamp();
        var result = await mediator.Send(new ApplyRetention(DryRun: false), cancellationToken);
        if (result.IsError)
        {
            throw new InvalidOperationException($"Retention was refused ({result.FirstError.Code}): {result.FirstError.Description}");
        }

        var (summary, seconds) = (ApplyRetention.Summarize(result.Value.Items), time.GetElapsedTime(started).TotalSeconds);
        LogDone(logger, summary.Length == 0 ? "nothing" : summary, seconds);
    }

    private static async Task<T> CommandAsync<T>(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.Add(new NpgsqlParameter { Value = AdvisoryLocks.Retention });
        return (T)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    [LoggerMessage(EventId = 420, Level = LogLevel.Information, Message = "Retention begins")]
    private static partial void LogBegins(ILogger logger);

    [LoggerMessage(EventId = 421, Level = LogLevel.Information, Message = "Retention is done after {Seconds:0.0} s; gone: {Summary}")]
    private static partial void LogDone(ILogger logger, string summary, double seconds);

    [LoggerMessage(EventId = 422, Level = LogLevel.Information, Message = "Retention is at work on another node")]
    private static partial void LogBusy(ILogger logger);
}
