using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Domain.Faces;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Faces;

/// <summary>Gives recognition what is stored of a person's faces. Those that cannot be read are set aside.</summary>
/// <param name="SelfEnrolled">Only the newest so many of those that count as a proof.</param>
[Internal]
public sealed record OpenTemplates(int UserId, int? SelfEnrolled = null) : IQuery<IReadOnlyList<OpenTemplates.Face>>
{
    public sealed record Face(int Id, FaceOpinions Opinions);

    internal sealed class Handler(IFaceIdDb db, ITemplateVault vault, UnreadableFaces unreadable) : IRequestHandler<OpenTemplates, ErrorOr<IReadOnlyList<Face>>>
    {
        public async Task<ErrorOr<IReadOnlyList<Face>>> Handle(OpenTemplates query, CancellationToken cancellationToken)
        {
            var rows = db.Faces.AsNoTracking().Where(face => face.UserId == query.UserId && face.Model == FaceModels.Dlib);
            var stored = await (query.SelfEnrolled is { } newest ? rows.Where(face => face.SelfEnrolled == true).OrderByDescending(face => face.Id).Take(newest) : rows)
                .Select(face => new { face.Id, face.Encoding, Template = face.TemplateModel == FaceModels.Fused ? face.Template : null })
                .ToListAsync(cancellationToken);

            if (stored.Count == 0)
            {
                return query.SelfEnrolled is null ? FaceEncodingErrors.NotEnrolled : FaceEncodingErrors.NotSelfEnrolled;
            }

            var faces = new List<Face>(stored.Count);
            foreach (var face in stored)
            {
                try
                {
                    faces.Add(new Face(face.Id, new FaceOpinions(
                        vault.OpenEncoding(face.Encoding, FaceModels.Dlib, query.UserId),
                        Second: null,
                        face.Template is null ? null : vault.OpenTemplate(face.Template, query.UserId))));
                }
                catch (TemplateUnreadableException exception)
                {
                    unreadable.Tell(face.Id, exception.Message);
                }
            }

            return faces.Count == 0 ? FaceEncodingErrors.Unreadable : ErrorOrFactory.From<IReadOnlyList<Face>>(faces);
        }
    }
}
