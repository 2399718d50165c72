using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Domain.Recognition;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Recognition;

/// <summary>Lists enrolment and recognition attempts, newest first.</summary>
/// <param name="From">First moment that counts.</param>
/// <param name="To">First moment that no longer counts.</param>
[Requires(Permission.ReadLog)]
public sealed record ListLogs(
    int? UserId = null,
    RecognitionAction? Action = null,
    bool? Success = null,
    int? ActorId = null,
    int? ApiKeyId = null,
    DateTimeOffset? From = null,
    DateTimeOffset? To = null,
    int Limit = Paging.DefaultLimit,
    string? Cursor = null) : IQuery<Page<ListLogs.Item>>, IPagedQuery, IPeriodQuery
{
    /// <param name="Action">What came of the attempt: failed when it was refused before any decision.</param>
    /// <param name="ActorId">The account that asked.</param>
    /// <param name="ApiKeyId">The API key that asked.</param>
    /// <param name="Attempted">What was tried.</param>
    /// <param name="Reason">The stable code of the refusal.</param>
    /// <param name="LatencyMs">From the first byte of the request to the decision, in milliseconds.</param>
    public sealed record Item(
        long Id,
        int? UserId,
        int? ActorId,
        int? ApiKeyId,
        RecognitionAction Action,
        RecognitionAction? Attempted,
        bool Success,
        double? Confidence,
        double? Distance,
        double? Threshold,
        string? Model,
        string? Reason,
        double? LatencyMs,
        string? IpAddress,
        string? UserAgent,
        DateTimeOffset CreatedAt);

    internal sealed class Validator : AbstractValidator<ListLogs>
    {
        public Validator()
        {
            this.AddPagingRules();
            this.AddPeriodRules();
        }
    }

    internal sealed class Handler(IFaceIdDb db) : IRequestHandler<ListLogs, ErrorOr<Page<Item>>>
    {
        public async Task<ErrorOr<Page<Item>>> Handle(ListLogs query, CancellationToken cancellationToken)
        {
            var rows = await Filter(db.RecognitionLogs.AsNoTracking(), query)
                .OrderByDescending(row => row.CreatedAt).ThenByDescending(row => row.Id)
                .Take(query.Limit + 1)
                .Select(row => new Item(
                    row.Id,
                    row.UserId,
                    row.ActorId,
                    row.ApiKeyId,
                    row.Action,
                    row.Attempted,
                    row.Success,
                    row.Confidence,
                    row.Distance,
                    row.Threshold,
                    row.Model,
                    row.Reason,
                    row.LatencyMs,
                    row.IpAddress,
                    row.UserAgent,
                    row.CreatedAt))
                .ToListAsync(cancellationToken);

            return rows.ToPage(query.Limit, row => new Cursor(row.Id, row.CreatedAt));
        }

        private static IQueryable<RecognitionLog> Filter(IQueryable<RecognitionLog> rows, ListLogs query)
        {
            if (query.After() is { } after)
            {
                // Written out rather than as a row comparison, which Application has no word for; the first half is what the index serves.
                rows = rows.Where(row => row.CreatedAt <= after.Time && (row.CreatedAt < after.Time || row.Id < after.Id));
            }

            if (query.UserId is { } userId)
            {
                rows = rows.Where(row => row.UserId == userId);
            }

            if (query.Action is { } action)
            {
                rows = rows.Where(row => row.Action == action);
            }

            if (query.Success is { } success)
            {
                rows = rows.Where(row => row.Success == success);
            }

            if (query.ActorId is { } actorId)
            {
                rows = rows.Where(row => row.ActorId == actorId);
            }

            if (query.ApiKeyId is { } apiKeyId)
            {
                rows = rows.Where(row => row.ApiKeyId == apiKeyId);
            }

            if (query.From is { } from)
            {
                rows = rows.Where(row => row.CreatedAt >= from);
            }

            if (query.To is { } to)
            {
                rows = rows.Where(row => row.CreatedAt < to);
            }

            return rows;
        }
    }
}
