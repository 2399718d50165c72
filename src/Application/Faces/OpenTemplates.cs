using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Domain.Faces;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Faces;

/// <summary>Gives recognition the vectors of a person's templates that one model made.</summary>
[Internal]
public sealed record OpenTemplates(int UserId, string Model) : IQuery<IReadOnlyList<FaceVector>>
{
    internal sealed class Handler(IFaceIdDb db, ITemplateVault vault) : IRequestHandler<OpenTemplates, ErrorOr<IReadOnlyList<FaceVector>>>
    {
        public async Task<ErrorOr<IReadOnlyList<FaceVector>>> Handle(OpenTemplates query, CancellationToken cancellationToken)
        {
            var stored = await db.Faces.AsNoTracking()
                .Where(face => face.UserId == query.UserId && face.Model == query.Model)
                .Select(face => face.Encoding)
                .ToListAsync(cancellationToken);

            return stored.Count == 0
                ? FaceEncodingErrors.NotEnrolled
                : stored.ConvertAll(template => vault.Open(template, query.Model, query.UserId));
        }
    }
}
