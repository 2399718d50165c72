using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Recognition;

/// <summary>Takes a person's name off their rows of the log, and where they were, in the caller's transaction.</summary>
[Internal]
public sealed record UnlinkLog(int UserId) : IRequest<ErrorOr<int>>
{
    internal sealed class Handler(IFaceIdDb db) : IRequestHandler<UnlinkLog, ErrorOr<int>>
    {
        public async Task<ErrorOr<int>> Handle(UnlinkLog request, CancellationToken cancellationToken) =>
            await db.RecognitionLogs.Where(row => row.UserId == request.UserId).ExecuteUpdateAsync(
                set => set
                    .SetProperty(row => row.UserId, (int?)null)
                    .SetProperty(row => row.IpAddress, (string?)null)
                    .SetProperty(row => row.UserAgent, (string?)null),
                cancellationToken);
    }
}
