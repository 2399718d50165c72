using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Recognition.Liveness;

/// <summary>Drops, or counts, the liveness sessions whose time is up.</summary>
/// <param name="Going">Accounts that go, with theirs, whose sessions are not counted.</param>
[Internal]
public sealed record DropOverLiveness(DateTimeOffset Now, bool DryRun, IReadOnlyList<int> Going) : IRequest<ErrorOr<int>>
{
    internal sealed class Handler(IFaceIdDb db) : IRequestHandler<DropOverLiveness, ErrorOr<int>>
    {
        public async Task<ErrorOr<int>> Handle(DropOverLiveness request, CancellationToken cancellationToken)
        {
            var going = request.Going;
            var over = db.LivenessSessions.Where(session => session.ExpiresAt < request.Now
                && !(session.UserId != null && going.Contains(session.UserId.Value)) && !(session.ActorId != null && going.Contains(session.ActorId.Value)));
            return request.DryRun ? await over.CountAsync(cancellationToken) : await over.ExecuteDeleteAsync(cancellationToken);
        }
    }
}
