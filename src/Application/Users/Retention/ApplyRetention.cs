using System.Globalization;
using System.Linq.Expressions;
using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Faces;
using FaceId.Application.Recognition;
using FaceId.Application.Recognition.Liveness;
using FaceId.Application.Users.Privacy;
using FaceId.Application.Users.SecurityEvents;
using FaceId.Domain.Users;
using MediatR;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace FaceId.Application.Users.Retention;

/// <summary>Erases what is older than the settings keep. Safe to run again and again, and to break off: each step is whole by itself.</summary>
/// <param name="DryRun">Only counts.</param>
[Requires(Permission.ManageUsers), FreshProof]
public sealed partial record ApplyRetention(bool DryRun) : ICommand<ApplyRetention.Response>
{
    private const int Batch = 500;

    private static readonly TimeSpan IdleCounters = TimeSpan.FromDays(30);

    // Tokens still count towards how many mails an account gets within the hour.
    private static readonly TimeSpan OverTokens = TimeSpan.FromDays(1);

    // No request lasts as long, so what no face names then is of no enrolment that is still at work.
    private static readonly TimeSpan UnnamedImages = TimeSpan.FromHours(1);

    /// <param name="Items">One for each rule that is on.</param>
    public sealed record Response(bool DryRun, DateTimeOffset At, IReadOnlyList<Item> Items, ImageFindings Images);

    /// <summary>What was found of kept photos and left alone.</summary>
    /// <param name="Missing">Faces whose photo is not in this server's folder.</param>
    /// <param name="MissingOf">The first of these faces.</param>
    /// <param name="NotSwept">Why photos that no face names stay; null when none do.</param>
    public sealed record ImageFindings(long Missing, IReadOnlyList<int> MissingOf, string? NotSwept);

    /// <param name="What">The rule, by the name of its setting, or what is always cleared away.</param>
    /// <param name="OlderThan">What was not used, or made, since then goes.</param>
    /// <param name="Count">How many went, or would go.</param>
    public sealed record Item(string What, DateTimeOffset OlderThan, long Count);

    /// <returns>In one line what there was of.</returns>
    public static string Summarize(IEnumerable<Item> items) =>
        string.Join(' ', items.Where(item => item.Count > 0).Select(item => string.Create(CultureInfo.InvariantCulture, $"{item.What}={item.Count}")));

    internal sealed partial class Handler(
        IFaceIdDb db,
        IMediator mediator,
        IAttemptCounters counters,
        SecurityLog log,
        RetentionOptions retention,
        AccountOptions accounts,
        TimeProvider time,
        ILogger<ApplyRetention> logger) : IRequestHandler<ApplyRetention, ErrorOr<Response>>
    {
        public async Task<ErrorOr<Response>> Handle(ApplyRetention request, CancellationToken cancellationToken)
        {
            var now = time.GetUtcNow();
            var report = new Report(request.DryRun, logger);

            // Whom a dry run finds; what they have goes with them and is not counted again.
            var going = new List<int>();
            if (retention.UnverifiedRegistrations is { } unverified)
            {
                report.Add(new("unverifiedRegistrations", now - unverified, await EraseUnverifiedAsync(now - unverified, request.DryRun, going, cancellationToken)));
            }

            if (retention.InactiveAccounts is { } inactive)
            {
                var (warned, erased) = await EraseInactiveAsync(now, inactive, request.DryRun, going, cancellationToken);
                report.Add(new("inactiveAccountWarnings", now - inactive + RetentionOptions.Warning, warned));
                report.Add(new("inactiveAccounts", now - inactive, erased));
            }

            if (retention.RecognitionLogs is { } logs)
            {
                var dropped = await mediator.Send(new DropOldLog(now - logs, request.DryRun), cancellationToken);
                if (dropped.IsError)
                {
                    return dropped.Errors;
                }

                report.Add(new("recognitionLogPartitions", now - logs, dropped.Value.Partitions));
                report.Add(new("recognitionLogs", now - logs, dropped.Value.Rows));
            }

            if (retention.SecurityEvents is { } events)
            {
                report.Add(new("securityEvents", now - events, await GoAsync(
                    db.SecurityEvents.Where(row => row.CreatedAt < now - events), row => row.Id, request.DryRun, cancellationToken)));
            }

            // Before what nobody misses: a day on which nothing else went leaves no trace in the security log.
            if (!request.DryRun && Summarize(report.Items) is { Length: > 0 } summary)
            {
                await log.WriteAsync(SecurityEventKind.RetentionApplied, null, summary, cancellationToken);
            }

            await ClearAwayAsync(now, request.DryRun, going, report, cancellationToken);
            var images = await mediator.Send(new SweepImages(now - UnnamedImages, request.DryRun), cancellationToken);
            if (images.IsError)
            {
                return images.Errors;
            }

            var (unnamed, missing, missingOf, notSwept) = images.Value;
            report.Add(new("unnamedImages", now - UnnamedImages, unnamed));
            return new Response(request.DryRun, now, report.Items, new ImageFindings(missing, missingOf, notSwept));
        }

        /// <summary>What is of no use to anybody, whatever the settings.</summary>
        private async Task ClearAwayAsync(DateTimeOffset now, bool dryRun, List<int> going, Report report, CancellationToken cancellationToken)
        {
            var refresh = db.RefreshTokens.Where(token => token.ExpiresAt <= now
                && !db.Sessions.Any(session => session.Id == token.SessionId && going.Contains(session.UserId)));
            report.Add(new("refreshTokens", now, dryRun ? await refresh.CountAsync(cancellationToken) : await refresh.ExecuteDeleteAsync(cancellationToken)));

            var idle = now - (accounts.SessionIdleTimeout > accounts.BrowserIdleTimeout ? accounts.SessionIdleTimeout : accounts.BrowserIdleTimeout);
            var sessions = db.Sessions.Where(session => !going.Contains(session.UserId) && (session.ExpiresAt <= now
                || (session.LastSeenAt < idle && !session.RefreshTokens.Any(token => token.ExpiresAt > now))));
            report.Add(new("sessions", now, dryRun ? await sessions.CountAsync(cancellationToken) : await sessions.ExecuteDeleteAsync(cancellationToken)));

            var tokens = db.OneTimeTokens.Where(token => token.ExpiresAt < now - OverTokens && !(token.UserId != null && going.Contains(token.UserId.Value)));
            report.Add(new("oneTimeTokens", now - OverTokens, dryRun ? await tokens.CountAsync(cancellationToken) : await tokens.ExecuteDeleteAsync(cancellationToken)));

            var liveness = await mediator.Send(new DropOverLiveness(now, dryRun, going), cancellationToken);
            report.Add(new("livenessSessions", now, liveness.Value));

            if (retention.SentMails is { } sent)
            {
                report.Add(new("sentMails", now - sent, await GoAsync(
                    db.OutgoingMails.Where(mail => mail.SentAt < now - sent), mail => mail.Id, dryRun, cancellationToken)));
            }

            if (retention.FailedMails is { } failed)
            {
                report.Add(new("failedMails", now - failed, await GoAsync(
                    db.OutgoingMails.Where(mail => mail.FailedAt < now - failed && !(mail.UserId != null && going.Contains(mail.UserId.Value))), mail => mail.Id, dryRun, cancellationToken)));
            }

            report.Add(new("attemptCounters", now - IdleCounters, await counters.DropIdleAsync(now - IdleCounters, dryRun, cancellationToken)));
        }

        /// <summary>Deletes in short transactions.</summary>
        private static async Task<long> GoAsync<T>(
            IQueryable<T> rows, Expression<Func<T, long>> key, bool dryRun, CancellationToken cancellationToken)
        {
            if (dryRun)
            {
                return await rows.LongCountAsync(cancellationToken);
            }

            var all = 0L;
            int deleted;
            do
            {
                deleted = await rows.OrderBy(key).Take(10_000).ExecuteDeleteAsync(cancellationToken);
                all += deleted;
            }
            while (deleted > 0);
            return all;
        }

        /// <summary>Only people who registered themselves: rows that operators or other programs made without verifying them are theirs to end.</summary>
        private async Task<long> EraseUnverifiedAsync(DateTimeOffset cutoff, bool dryRun, List<int> going, CancellationToken cancellationToken)
        {
            var ids = await db.Users.AsNoTracking()
                .Where(user => !user.IsVerified && user.Role == Role.User && user.CreatedAt < cutoff
                    && db.SecurityEvents.Any(row => row.UserId == user.Id && row.Kind == SecurityEventKind.Registered)
                    && !db.SecurityEvents.Any(row => row.UserId == user.Id && row.Kind == SecurityEventKind.EmailVerified))
                .OrderBy(user => user.Id)
                .Select(user => user.Id)
                .ToListAsync(cancellationToken);
            if (dryRun)
            {
                going.AddRange(ids);
                return ids.Count;
            }

            return await EraseAsync(ids.ConvertAll(id => new EraseAccount(id, OnlyUnverified: true)), cancellationToken);
        }

        private async Task<(long Warned, long Erased)> EraseInactiveAsync(
            DateTimeOffset now, TimeSpan inactive, bool dryRun, List<int> going, CancellationToken cancellationToken)
        {
            var (warned, erased) = (0L, 0L);
            var after = 0;
            List<Candidate> candidates;
            do
            {
                candidates = await FindUnusedAsync(after, now - inactive + RetentionOptions.Warning, cancellationToken);
                var inLog = await mediator.Send(new FindLastInLog(candidates.ConvertAll(candidate => candidate.Id)), cancellationToken);
                foreach (var candidate in candidates)
                {
                    after = candidate.Id;
                    var lastUsed = Latest(candidate.LastUsed, inLog.Value.GetValueOrDefault(candidate.Id));
                    if (lastUsed >= now - inactive + RetentionOptions.Warning)
                    {
                        continue;
                    }

                    var warning = await db.SecurityEvents.AsNoTracking().Warnings(candidate.Id)
                        .Where(row => row.CreatedAt > lastUsed)
                        .OrderBy(row => row.Id).Select(row => (DateTimeOffset?)row.CreatedAt).FirstOrDefaultAsync(cancellationToken);
                    if (warning is null)
                    {
                        warned += dryRun || !(await mediator.Send(new WarnInactive(candidate.Id, lastUsed), cancellationToken)).IsError ? 1 : 0;
                    }
                    else if (lastUsed < now - inactive && warning <= now - RetentionOptions.Warning)
                    {
                        if (dryRun)
                        {
                            going.Add(candidate.Id);
                            erased++;
                        }
                        else
                        {
                            erased += await EraseAsync([new EraseAccount(candidate.Id, UnusedSince: now - inactive)], cancellationToken);
                        }
                    }
                }
            }
            while (candidates.Count == Batch);
            return (warned, erased);
        }

        private Task<List<Candidate>> FindUnusedAsync(int after, DateTimeOffset cutoff, CancellationToken cancellationToken) =>
            db.Users.AsNoTracking()
                .Where(user => user.Id > after && user.Role != Role.Admin && user.CreatedAt < cutoff
                    && (user.LastSignInAt == null || user.LastSignInAt < cutoff)
                    && !db.Sessions.Any(session => session.UserId == user.Id && session.LastSeenAt >= cutoff))
                .OrderBy(user => user.Id)
                .Take(Batch)
                .Select(user => new Candidate(
                    user.Id,
                    user.CreatedAt,
                    user.LastSignInAt,
                    db.Sessions.Where(session => session.UserId == user.Id).Max(session => (DateTimeOffset?)session.LastSeenAt)))
                .ToListAsync(cancellationToken);

        private async Task<long> EraseAsync(IReadOnlyList<EraseAccount> requests, CancellationToken cancellationToken)
        {
            var erased = 0L;
            foreach (var request in requests)
            {
                erased += (await mediator.Send(request, cancellationToken)).IsError ? 0 : 1;
            }

            return erased;
        }

        [LoggerMessage(EventId = 110, Level = LogLevel.Information, Message = "Retention: {What} older than {OlderThan:u}: {Count}")]
        private static partial void LogItem(ILogger logger, string what, DateTimeOffset olderThan, long count);

        /// <summary>What went, told in the log as it goes: the first run on an old database may take hours.</summary>
        private sealed class Report(bool dryRun, ILogger logger)
        {
            private readonly List<Item> _items = [];

            public IReadOnlyList<Item> Items => _items;

            public void Add(Item item)
            {
                _items.Add(item);
                if (!dryRun && item.Count > 0)
                {
                    LogItem(logger, item.What, item.OlderThan, item.Count);
                }
            }
        }

        private static DateTimeOffset Latest(DateTimeOffset one, DateTimeOffset? other) => other > one ? other.Value : one;

        private sealed record Candidate(int Id, DateTimeOffset CreatedAt, DateTimeOffset? LastSignInAt, DateTimeOffset? LastSeenAt)
        {
            public DateTimeOffset LastUsed => Latest(Latest(CreatedAt, LastSignInAt), LastSeenAt);
        }
    }
}
