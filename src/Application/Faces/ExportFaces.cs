using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Faces;

/// <summary>Gives the export of a person's data all their templates, as numbers.</summary>
[Internal]
public sealed record ExportFaces(int UserId) : IQuery<IReadOnlyList<ExportFaces.Face>>
{
    /// <param name="Encoding">Null when it cannot be opened, and <paramref name="Unreadable"/> says why.</param>
    /// <param name="SecondEncoding">What the second network says of the face; null where it was not asked.</param>
    /// <param name="Template">What the face is compared by; null where only dlib was asked.</param>
    /// <param name="ImagePath">Where another program keeps the photo.</param>
    public sealed record Face(
        int Id,
        string Model,
        IReadOnlyList<float>? Encoding,
        IReadOnlyList<float>? SecondEncoding,
        IReadOnlyList<float>? Template,
        string? Unreadable,
        string? ImagePath,
        float? Quality,
        bool? SelfEnrolled,
        DateTimeOffset CreatedAt,
        DateTimeOffset UpdatedAt);

    internal sealed class Handler(IFaceIdDb db, ITemplateVault vault) : IRequestHandler<ExportFaces, ErrorOr<IReadOnlyList<Face>>>
    {
        public async Task<ErrorOr<IReadOnlyList<Face>>> Handle(ExportFaces query, CancellationToken cancellationToken)
        {
            var rows = await db.Faces.AsNoTracking().Where(face => face.UserId == query.UserId).OrderBy(face => face.Id).ToListAsync(cancellationToken);
            return rows.ConvertAll(row =>
            {
                var (numbers, why) = Open(() => vault.OpenEncoding(row.Encoding, row.Model, query.UserId).Values.ToArray());
                var (second, whyNoSecond) = Open(() => row.SecondEncoding is null ? null : vault.OpenSecond(row.SecondEncoding, row.SecondModel!, query.UserId).Values.ToArray());
                var (template, whyNoTemplate) = Open(() => row.Template is null ? null : vault.OpenTemplate(row.Template, query.UserId).ToNumbers());
                return new Face(row.Id, row.Model, numbers, second, template, why ?? whyNoSecond ?? whyNoTemplate, row.ImagePath, row.Quality, row.SelfEnrolled, row.CreatedAt, row.UpdatedAt);
            });
        }

        private static (float[]? Numbers, string? Why) Open(Func<float[]?> open)
        {
            try
            {
                return (open(), null);
            }
            catch (TemplateUnreadableException exception)
            {
                // The rest is theirs all the same.
                return (null, exception.Message);
            }
        }
    }
}
