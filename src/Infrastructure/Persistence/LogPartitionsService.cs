using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace FaceId.Infrastructure.Persistence;

/// <summary>Keeps the partitions of the log ahead of its rows while the server runs.</summary>
internal sealed partial class LogPartitionsService(LogPartitions partitions, TimeProvider time, ILogger<LogPartitionsService> logger)
    : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                var made = await partitions.EnsureAsync(stoppingToken);
                if (made > 0)
                {
                    LogMade(logger, made);
                }
            }
            catch (NpgsqlException exception)
            {
                // The default partition takes the rows meanwhile; the next round moves them.
                LogFailed(logger, exception);
            }
        }
    }

    [LoggerMessage(EventId = 200, Level = LogLevel.Information, Message = "Made {Count} partitions of the recognition log")]
    private static partial void LogMade(ILogger logger, int count);

    [LoggerMessage(EventId = 201, Level = LogLevel.Warning, Message = "Could not make partitions of the recognition log; trying again in a minute")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
