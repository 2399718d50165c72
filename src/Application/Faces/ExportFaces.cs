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
    /// <param name="ImagePath">Where another program keeps the photo.</param>
    public sealed record Face(
        int Id, string Model, IReadOnlyList<float>? Encoding, string? Unreadable, string? ImagePath, float? Quality, bool? SelfEnrolled, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt);

    internal sealed class Handler(IFaceIdDb db, ITemplateVault vault) : IRequestHandler<ExportFaces, ErrorOr<IReadOnlyList<Face>>>
    {
        public async Task<ErrorOr<IReadOnlyList<Face>>> Handle(ExportFaces query, CancellationToken cancellationToken)
        {
            var rows = await db.Faces.AsNoTracking().Where(face => face.UserId == query.UserId).OrderBy(face => face.Id).ToListAsync(cancellationToken);
            return rows.ConvertAll(row =>
            {
                var (numbers, why) = Open(row.Encoding, row.Model, query.UserId);
                return new Face(row.Id, row.Model, numbers, why, row.ImagePath, row.Quality, row.SelfEnrolled, row.CreatedAt, row.UpdatedAt);
            });
        }

        private (float[]? Numbers, string? Why) Open(byte[] encoding, string model, int userId)
        {
            try
            {
                return (vault.OpenEncoding(encoding, model, userId).Values.ToArray(), null);
            }
            catch (TemplateUnreadableException exception)
            {
                // The rest is theirs all the same.
                return (null, exception.Message);
            }
        }
    }
}
