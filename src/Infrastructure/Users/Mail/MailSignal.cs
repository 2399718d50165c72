using System.Data.Common;
using System.Threading.Channels;
using FaceId.Infrastructure.Persistence;
using Hangfire;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace FaceId.Infrastructure.Users.Mail;

/// <summary>
/// Starts the delivery when a transaction that holds new mails commits. The job is made beside the request: making it takes
/// several trips to the database, whose time would tell that there was a mail. Should it fail, the recurring job does the work.
/// A command has no jobs: it tells the servers.
/// </summary>
internal sealed partial class MailSignal : BackgroundService, IDbTransactionInterceptor
{
    private const string News = "mails";

    /// <summary>One job sends all mails that are due, so a burst of them needs few.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly IServiceProvider _services;
    private readonly TimeProvider _time;
    private readonly ILogger<MailSignal> _logger;

    private volatile bool _serves;

    public MailSignal(IServiceProvider services, ChangeFeed feed, TimeProvider time, ILogger<MailSignal> logger)
    {
        (_services, _time, _logger) = (services, time, logger);
        feed.Changed += change =>
        {
            if (change == News)
            {
                _signal.Writer.TryWrite(true);
            }
        };
    }

    public async Task TransactionCommittedAsync(DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        if (eventData.Context is not FaceIdDb { HasNewMails: true } db)
        {
            return;
        }

        db.HasNewMails = false;
        _signal.Writer.TryWrite(true);
        if (!_serves)
        {
            await TellServersAsync(cancellationToken);
        }
    }

    public Task TransactionRolledBackAsync(DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        if (eventData.Context is FaceIdDb db)
        {
            db.HasNewMails = false;
        }

        return Task.CompletedTask;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        _serves = true;

        // Asked for when it is needed first: setting Hangfire up would slow the start down.
        var jobs = new Lazy<IBackgroundJobClient>(_services.GetRequiredService<IBackgroundJobClient>);
        await foreach (var _ in _signal.Reader.ReadAllAsync(stoppingToken))
        {
            try
            {
                jobs.Value.Enqueue<MailDelivery>(delivery => delivery.SendDueAsync(CancellationToken.None));
            }
            catch (BackgroundJobClientException exception)
            {
                LogNotEnqueued(_logger, exception);
            }

            await Task.Delay(Pause, _time, stoppingToken);
        }
    }

    private async Task TellServersAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var command = _services.GetRequiredService<NpgsqlDataSource>().CreateCommand($"SELECT pg_notify('{ChangeFeed.Channel}', '{News}')");
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (NpgsqlException exception)
        {
            LogNotEnqueued(_logger, exception);
        }
    }

    [LoggerMessage(EventId = 410, Level = LogLevel.Warning, Message = "The delivery of mails could not be started; it is tried again within a minute")]
    private static partial void LogNotEnqueued(ILogger logger, Exception exception);
}
