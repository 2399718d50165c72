using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Recognition.Liveness;

/// <summary>Drops, or counts, the liveness sessions whose time is up.</summary>
[Internal]
public sealed record DropOverLiveness(DateTimeOffset Now, bool DryRun) : IRequest<ErrorOr<int>>
{
    internal sealed class Handler(IFaceIdDb db) : IRequestHandler<DropOverLiveness, ErrorOr<int>>
    {
        public async Task<ErrorOr<int>> Handle(DropOverLiveness request, CancellationToken cancellationToken)
        {
            var over = db.LivenessSessions.Where(session => session.ExpiresAt < request.Now);
            return request.DryRun ? await over.CountAsync(cancellationToken) : await over.ExecuteDeleteAsync(cancellationToken);
        }
    }
}
