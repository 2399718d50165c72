using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace FaceId.Infrastructure.Persistence;

/// <summary>
/// Hears of changes that any program makes on the database: triggers send them to the channel <see cref="Channel"/>. A heartbeat on the
/// same connection proves that nothing was missed; what is kept in memory may be trusted only while <see cref="IsCurrent"/>.
/// </summary>
/// <remarks>
/// PostgreSQL delivers the notifications of every transaction committed before a statement no later than with that statement's answer.
/// So an answered heartbeat vouches for everything committed before it was sent, and its word is good for <see cref="Lease"/>.
/// </remarks>
internal sealed partial class ChangeFeed(NpgsqlDataSource database, TimeProvider time, ILogger<ChangeFeed> logger) : BackgroundService
{
    public const string Channel = "faceid_changes";

    /// <summary>The longest that a change can go unnoticed.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentQueue<TaskCompletionSource> _waiting = new();
    private readonly SemaphoreSlim _asked = new(0);

    // A time stamp; 0 while not connected.
    private long _vouchedFor;

    /// <summary>One change, as the trigger wrote it: <c>user:7</c>; <c>all</c> for "anything may have changed".</summary>
    public event Action<string>? Changed;

    /// <summary>Whether every change committed more than <see cref="Lease"/> ago has been heard.</summary>
    public bool IsCurrent => Volatile.Read(ref _vouchedFor) is var stamp && stamp != 0 && time.GetElapsedTime(stamp) < Lease;

    /// <summary>Waits until every change that was committed before this call has been heard, or nothing in memory is trusted any more.</summary>
    public async Task CatchUpAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _vouchedFor) == 0)
        {
            return;
        }

        var heard = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting.Enqueue(heard);
        _asked.Release();
        await heard.Task.WaitAsync(Lease, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await ListenAsync(stoppingToken);
            }
            catch (Exception exception) when (exception is NpgsqlException or TimeoutException or IOException)
            {
                LogLost(logger, exception.Message);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            finally
            {
                Volatile.Write(ref _vouchedFor, 0);
                ReleaseWaiting();
            }

            await Task.Delay(Pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public override void Dispose()
    {
        _asked.Dispose();
        base.Dispose();
    }

    private async Task ListenAsync(CancellationToken stoppingToken)
    {
        await using var connection = await database.OpenConnectionAsync(stoppingToken);
        connection.Notification += (_, notification) => Changed?.Invoke(notification.Payload);
        await ExecuteAsync(connection, $"LISTEN {Channel}", stoppingToken);

        // What happened while nobody listened is unknown.
        Changed?.Invoke("all");
        while (true)
        {
            while (_asked.Wait(0, stoppingToken))
            {
                // One beat answers all who asked before it.
            }

            var askers = _waiting.Count;
            var sent = time.GetTimestamp();
            await ExecuteAsync(connection, "SELECT 1", stoppingToken);
            Volatile.Write(ref _vouchedFor, sent);
            for (; askers > 0 && _waiting.TryDequeue(out var asker); askers--)
            {
                asker.TrySetResult();
            }

            await WaitAsync(connection, stoppingToken);
        }
    }

    /// <summary>Lets notifications come in until the next beat is due or somebody asks for one.</summary>
    private async Task WaitAsync(NpgsqlConnection connection, CancellationToken stoppingToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        var asked = _asked.WaitAsync(Beat, stop.Token);
        var heard = connection.WaitAsync(stop.Token);
        await Task.WhenAny(asked, heard);
        await stop.CancelAsync();
        try
        {
            await heard;
        }
        catch (OperationCanceledException) when (!stoppingToken.IsCancellationRequested)
        {
            // Time for the next beat.
        }

        await ((Task)asked).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stoppingToken.ThrowIfCancellationRequested();
    }

    private void ReleaseWaiting()
    {
        while (_waiting.TryDequeue(out var asker))
        {
            asker.TrySetResult();
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = (int)Lease.TotalSeconds };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    [LoggerMessage(EventId = 220, Level = LogLevel.Warning, Message = "Lost touch with the database's changes, and asks it at every request until it is back: {Reason}")]
    private static partial void LogLost(ILogger logger, string reason);
}
