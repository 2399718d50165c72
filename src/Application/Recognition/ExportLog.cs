using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Recognition;

/// <summary>
/// Gives the export of a person's data their rows of the log, oldest first, read as they are asked for: what was done to them and what
/// they did, without who the others were, and where.
/// </summary>
[Internal]
public sealed record ExportLog(int UserId) : IQuery<ExportLog.Response>
{
    public sealed record Response(IAsyncEnumerable<ListLogs.Item> Rows);

    internal sealed class Handler(IFaceIdDb db) : IRequestHandler<ExportLog, ErrorOr<Response>>
    {
        public Task<ErrorOr<Response>> Handle(ExportLog query, CancellationToken cancellationToken) =>
            Task.FromResult<ErrorOr<Response>>(new Response(Batches.ReadAsync((after, limit, token) => ReadAsync(query.UserId, after, limit, token), row => row.Id, cancellationToken)));

        private Task<List<ListLogs.Item>> ReadAsync(int userId, long after, int limit, CancellationToken cancellationToken) =>
            db.RecognitionLogs.AsNoTracking()
                .Where(row => (row.UserId == userId || row.ActorId == userId) && row.Id > after)
                .OrderBy(row => row.Id)
                .Take(limit)
                .Select(row => new ListLogs.Item(
                    row.Id,
                    row.UserId == userId ? row.UserId : null,
                    row.ActorId == userId ? row.ActorId : null,
                    null,
                    row.Action,
                    row.Attempted,
                    row.Success,
                    row.Confidence,
                    row.Distance,
                    row.Threshold,
                    row.Model,
                    row.Reason,
                    row.LatencyMs,
                    row.ActorId == userId || (row.ActorId == null && row.ApiKeyId == null) ? row.IpAddress : null,
                    row.ActorId == userId || (row.ActorId == null && row.ApiKeyId == null) ? row.UserAgent : null,
                    row.CreatedAt))
                .ToListAsync(cancellationToken);
    }
}
