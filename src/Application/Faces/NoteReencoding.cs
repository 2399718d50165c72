using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Users.SecurityEvents;
using FaceId.Domain.Users;
using MediatR;

namespace FaceId.Application.Faces;

/// <summary>Puts into the security log that templates are made anew: when that begins, and how it ended.</summary>
[Requires(Permission.ManageFaces)]
public sealed record NoteReencoding(string Detail) : ICommand<Created>
{
    internal sealed class Handler(SecurityLog log) : IRequestHandler<NoteReencoding, ErrorOr<Created>>
    {
        public async Task<ErrorOr<Created>> Handle(NoteReencoding request, CancellationToken cancellationToken)
        {
            await log.WriteAsync(SecurityEventKind.FacesReencoded, userId: null, request.Detail, cancellationToken);
            return Result.Created;
        }
    }
}
