using System.Data.Common;
using System.Threading.Channels;
using FaceId.Infrastructure.Persistence;
using Hangfire;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace FaceId.Infrastructure.Users.Mail;

/// <summary>
/// Starts the delivery when a transaction that holds new mails commits. The job is made beside the request: making it takes
/// several trips to the database, whose time would tell that there was a mail. Should it fail, the recurring job does the work.
/// </summary>
internal sealed partial class MailSignal(IServiceProvider services, TimeProvider time, ILogger<MailSignal> logger)
    : BackgroundService, IDbTransactionInterceptor
{
    /// <summary>One job sends all mails that are due, so a burst of them needs few.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public Task TransactionCommittedAsync(DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        if (eventData.Context is FaceIdDb { HasNewMails: true } db)
        {
            db.HasNewMails = false;
            _signal.Writer.TryWrite(true);
        }

        return Task.CompletedTask;
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
        // Asked for when it is needed first: setting Hangfire up would slow the start down.
        var jobs = new Lazy<IBackgroundJobClient>(services.GetRequiredService<IBackgroundJobClient>);
        await foreach (var _ in _signal.Reader.ReadAllAsync(stoppingToken))
        {
            try
            {
                jobs.Value.Enqueue<MailDelivery>(delivery => delivery.SendDueAsync(CancellationToken.None));
            }
            catch (BackgroundJobClientException exception)
            {
                LogNotEnqueued(logger, exception);
            }

            await Task.Delay(Pause, time, stoppingToken);
        }
    }

    [LoggerMessage(EventId = 410, Level = LogLevel.Warning, Message = "The delivery of mails could not be started; it is tried again within a minute")]
    private static partial void LogNotEnqueued(ILogger logger, Exception exception);
}
