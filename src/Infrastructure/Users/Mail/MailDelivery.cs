using System.Security.Cryptography;
using FaceId.Domain.Users;
using FaceId.Infrastructure.Jobs;
using FaceId.Infrastructure.Persistence;
using Hangfire;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace FaceId.Infrastructure.Users.Mail;

/// <summary>The job that sends what is due. It is told nothing, so any number of them may run, anywhere, at any time.</summary>
internal sealed partial class MailDelivery(
    FaceIdDb db, MailSealer sealer, MailComposer composer, IMailTransport transport, TimeProvider time, ILogger<MailDelivery> logger)
{
    /// <summary>Sends mail after mail until none is due, or the way out is blocked.</summary>
    /// <param name="cancellationToken">Ends the run after the mail at hand, whose outcome must be known.</param>
    [AutomaticRetry(Attempts = 0, OnAttemptsExceeded = AttemptsExceededAction.Delete)]
    [KeepFor(minutes: 10)]
    public async Task SendDueAsync(CancellationToken cancellationToken)
    {
        while (await SendNextAsync(cancellationToken))
        {
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>
    /// Sends one mail, holding its row until the outcome is written, so that nobody else sends it. Should this machine vanish
    /// meanwhile, PostgreSQL ends the transaction and with it the hold, at the latest when its time is up, which is longer than
    /// any attempt takes.
    /// </summary>
    /// <returns>Whether to go on.</returns>
    private async Task<bool> SendNextAsync(CancellationToken cancellationToken)
    {
        db.ChangeTracker.Clear();
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await db.Database.ExecuteSqlAsync($"SET LOCAL idle_in_transaction_session_timeout = '5min'", cancellationToken);
        var now = time.GetUtcNow();
        var due = await db.OutgoingMails
            .FromSql($"""
                SELECT * FROM outgoing_mails WHERE sent_at IS NULL AND failed_at IS NULL AND next_attempt_at <= {now}
                ORDER BY next_attempt_at LIMIT 1 FOR UPDATE SKIP LOCKED
                """)
            .ToListAsync(cancellationToken);
        if (due is not [var mail])
        {
            return false;
        }

        var goOn = await AttemptAsync(mail, cancellationToken);
        await db.SaveChangesAsync(CancellationToken.None);
        await transaction.CommitAsync(CancellationToken.None);
        return goOn;
    }

    private async Task<bool> AttemptAsync(OutgoingMail mail, CancellationToken stopping)
    {
        try
        {
            var content = sealer.Open(mail.ProtectedContent!, mail.DedupeKey);
            using var message = composer.Compose(mail, content);
            await transport.SendAsync(mail, message, stopping);
            mail.MarkSent(time.GetUtcNow());
            LogSent(logger, mail.Id, mail.Kind);
            return true;
        }
        catch (MailRefusedException exception)
        {
            mail.GiveUp(exception.Message, time.GetUtcNow());
            LogGivenUp(logger, mail.Id, mail.Kind, mail.Attempts, exception.Message);
            return true;
        }
        catch (MailPostponedException exception)
        {
            Postpone(mail, exception.Message);
            return !exception.ConcernsAll;
        }
        catch (CryptographicException)
        {
            Postpone(mail, "it cannot be decrypted; was it written with another FACEID_KEY?");
            return true;
        }
    }

    private void Postpone(OutgoingMail mail, string reason)
    {
        mail.Postpone(reason, time.GetUtcNow());
        if (mail.FailedAt is null)
        {
            LogPostponed(logger, mail.Id, mail.Kind, mail.Attempts, reason, mail.NextAttemptAt);
        }
        else
        {
            LogGivenUp(logger, mail.Id, mail.Kind, mail.Attempts, reason);
        }
    }

    [LoggerMessage(EventId = 411, Level = LogLevel.Debug, Message = "Mail {Id} ({Kind}) left")]
    private static partial void LogSent(ILogger logger, long id, MailKind kind);

    [LoggerMessage(EventId = 412, Level = LogLevel.Warning, Message = "Mail {Id} ({Kind}) could not leave at attempt {Attempt}: {Reason}; the next is at {Next:O}")]
    private static partial void LogPostponed(ILogger logger, long id, MailKind kind, int attempt, string reason, DateTimeOffset next);

    [LoggerMessage(EventId = 413, Level = LogLevel.Error, Message = "Mail {Id} ({Kind}) is given up after {Attempts} attempts: {Reason}")]
    private static partial void LogGivenUp(ILogger logger, long id, MailKind kind, int attempts, string reason);
}
