using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Domain.Faces;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Faces;

/// <summary>Gives recognition the vectors of a person's templates that one model made.</summary>
/// <param name="SelfEnrolled">Only the newest so many of those that count as a proof.</param>
[Internal]
public sealed record OpenTemplates(int UserId, string Model, int? SelfEnrolled = null) : IQuery<IReadOnlyList<FaceVector>>
{
    internal sealed class Handler(IFaceIdDb db, ITemplateVault vault) : IRequestHandler<OpenTemplates, ErrorOr<IReadOnlyList<FaceVector>>>
    {
        public async Task<ErrorOr<IReadOnlyList<FaceVector>>> Handle(OpenTemplates query, CancellationToken cancellationToken)
        {
            var faces = db.Faces.AsNoTracking().Where(face => face.UserId == query.UserId && face.Model == query.Model);
            var stored = await (query.SelfEnrolled is { } newest ? faces.Where(face => face.SelfEnrolled == true).OrderByDescending(face => face.Id).Take(newest) : faces)
                .Select(face => face.Encoding)
                .ToListAsync(cancellationToken);

            return stored.Count == 0
                ? query.SelfEnrolled is null ? FaceEncodingErrors.NotEnrolled : FaceEncodingErrors.NotSelfEnrolled
                : stored.ConvertAll(template => vault.Open(template, query.Model, query.UserId));
        }
    }
}
