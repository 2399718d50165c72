using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Recognition.Liveness;

/// <summary>How many liveness sessions are about an account or were begun by it.</summary>
[Internal]
public sealed record CountLiveness(int UserId) : IQuery<int>
{
    internal sealed class Handler(IFaceIdDb db) : IRequestHandler<CountLiveness, ErrorOr<int>>
    {
        public async Task<ErrorOr<int>> Handle(CountLiveness query, CancellationToken cancellationToken) =>
            await db.LivenessSessions.CountAsync(session => session.UserId == query.UserId || session.ActorId == query.UserId, cancellationToken);
    }
}
