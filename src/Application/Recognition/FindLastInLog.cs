using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Recognition;

/// <summary>When each of these people was last enrolled or looked for; nothing for those who never were.</summary>
[Internal]
public sealed record FindLastInLog(IReadOnlyList<int> UserIds) : IQuery<Dictionary<int, DateTimeOffset?>>
{
    internal sealed class Handler(IFaceIdDb db) : IRequestHandler<FindLastInLog, ErrorOr<Dictionary<int, DateTimeOffset?>>>
    {
        public async Task<ErrorOr<Dictionary<int, DateTimeOffset?>>> Handle(FindLastInLog query, CancellationToken cancellationToken)
        {
            var ids = query.UserIds.Select(id => (int?)id).ToList();
            return await db.RecognitionLogs.AsNoTracking()
                .Where(row => ids.Contains(row.UserId))
                .GroupBy(row => row.UserId)
                .Select(rows => new { UserId = rows.Key!.Value, Last = (DateTimeOffset?)rows.Max(row => row.CreatedAt) })
                .ToDictionaryAsync(row => row.UserId, row => row.Last, cancellationToken);
        }
    }
}
