using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Recognition;

/// <summary>How many rows of the log are linked to a person's id.</summary>
[Internal]
public sealed record CountLog(int UserId) : IQuery<int>
{
    internal sealed class Handler(IFaceIdDb db) : IRequestHandler<CountLog, ErrorOr<int>>
    {
        public async Task<ErrorOr<int>> Handle(CountLog query, CancellationToken cancellationToken) =>
            await db.RecognitionLogs.CountAsync(row => row.UserId == query.UserId || row.ActorId == query.UserId, cancellationToken);
    }
}
