using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Faces;

/// <summary>How many templates there are under a person's id.</summary>
[Internal]
public sealed record CountFaces(int UserId) : IQuery<int>
{
    internal sealed class Handler(IFaceIdDb db) : IRequestHandler<CountFaces, ErrorOr<int>>
    {
        public async Task<ErrorOr<int>> Handle(CountFaces query, CancellationToken cancellationToken) =>
            await db.Faces.CountAsync(face => face.UserId == query.UserId, cancellationToken);
    }
}
