using Hangfire;
using Hangfire.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace FaceId.Infrastructure.Jobs;

/// <summary>
/// Works off the jobs, of this server and of others on the same database. It begins when the server listens, so that it does
/// not keep anybody waiting, and at its end lets running jobs finish.
/// </summary>
internal sealed partial class JobServer(
    IServiceProvider services, IHostApplicationLifetime lifetime, RetentionSchedule retention, TimeProvider time, ILogger<JobServer> logger) : BackgroundService
{
    private const int Workers = 2;

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    // Less than the host gives all its services.
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(20);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await StartedAsync(stoppingToken);

        // Not before: setting Hangfire up takes a tenth of a second.
        var recurringJobs = services.GetRequiredService<IRecurringJobManager>();
        while (!Register(recurringJobs))
        {
            await Task.Delay(RetryAfter, time, stoppingToken);
        }

        using var server = new BackgroundJobServer(
            new BackgroundJobServerOptions
            {
                WorkerCount = Workers,
                ShutdownTimeout = ShutdownTimeout,
                Activator = services.GetRequiredService<JobActivator>(),
            },
            services.GetRequiredService<JobStorage>());
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

    private bool Register(IRecurringJobManager recurringJobs)
    {
        try
        {
            RecurringJobs.Register(recurringJobs, retention);
            return true;
        }
        catch (Exception exception) when (exception is NpgsqlException or DistributedLockTimeoutException or BackgroundJobClientException)
        {
            // The database is away for a moment, or a killed server left its lock, which expires.
            LogNotRegistered(logger, exception);
            return false;
        }
    }

    [LoggerMessage(EventId = 401, Level = LogLevel.Warning, Message = "The recurring jobs could not be registered yet")]
    private static partial void LogNotRegistered(ILogger logger, Exception exception);
}
