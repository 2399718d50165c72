using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Recognition;

/// <summary>Takes a person's name off the rows of the log that they or their keys are in, and where they were, in the caller's transaction.</summary>
[Internal]
public sealed record UnlinkLog(int UserId, IReadOnlyList<int> ApiKeyIds) : IRequest<ErrorOr<int>>
{
    internal sealed class Handler(IFaceIdDb db) : IRequestHandler<UnlinkLog, ErrorOr<int>>
    {
        public async Task<ErrorOr<int>> Handle(UnlinkLog request, CancellationToken cancellationToken)
        {
            var (id, keys) = (request.UserId, request.ApiKeyIds.Select(key => (int?)key).ToList());
            return await db.RecognitionLogs.Where(row => row.UserId == id || row.ActorId == id || keys.Contains(row.ApiKeyId)).ExecuteUpdateAsync(
                set => set
                    .SetProperty(row => row.UserId, row => row.UserId == id ? null : row.UserId)
                    .SetProperty(row => row.ActorId, row => row.ActorId == id ? null : row.ActorId)
                    .SetProperty(row => row.ApiKeyId, row => keys.Contains(row.ApiKeyId) ? null : row.ApiKeyId)
                    .SetProperty(row => row.IpAddress, (string?)null)
                    .SetProperty(row => row.UserAgent, (string?)null),
                cancellationToken);
        }
    }
}
