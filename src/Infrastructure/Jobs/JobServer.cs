using Hangfire;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace FaceId.Infrastructure.Jobs;

/// <summary>
/// Works off the jobs, of this server and of others on the same database. It begins when the server listens, so that it does
/// not keep anybody waiting, and at its end lets running jobs finish.
/// </summary>
internal sealed partial class JobServer(
    JobStorage storage,
    JobActivator activator,
    IRecurringJobManager recurringJobs,
    IHostApplicationLifetime lifetime,
    TimeProvider time,
    ILogger<JobServer> logger) : BackgroundService
{
    private const int Workers = 2;

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    // Less than the host gives all its services.
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(20);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await StartedAsync(stoppingToken);
        while (!Register())
        {
            await Task.Delay(RetryAfter, time, stoppingToken);
        }

        var options = new BackgroundJobServerOptions { WorkerCount = Workers, Activator = activator, ShutdownTimeout = ShutdownTimeout };
        using var server = new BackgroundJobServer(options, storage);
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, time, stoppingToken);
        }
        catch (OperationCanceledException)
        {
            server.SendStop();
            await server.WaitForShutdownAsync(CancellationToken.None);
        }
    }

    private async Task StartedAsync(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stoppingToken);
    }

    private bool Register()
    {
        try
        {
            RecurringJobs.Register(recurringJobs);
            return true;
        }
        catch (NpgsqlException exception)
        {
            LogNotRegistered(logger, exception);
            return false;
        }
    }

    [LoggerMessage(EventId = 401, Level = LogLevel.Warning, Message = "The recurring jobs could not be registered yet")]
    private static partial void LogNotRegistered(ILogger logger, Exception exception);
}
