using System.Runtime.CompilerServices;
using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Domain.Faces;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Faces;

/// <summary>Gives the export of a person's data all their templates, as numbers.</summary>
[Internal]
public sealed record ExportFaces(int UserId) : IQuery<ExportFaces.Response>
{
    /// <param name="Encoding">Null when it cannot be opened, and <paramref name="Unreadable"/> says why.</param>
    /// <param name="SecondEncoding">What the second network says of the face; null where it was not asked.</param>
    /// <param name="Template">What the face is compared by; null where only dlib was asked.</param>
    /// <param name="ImagePath">Where the photo is kept, by another program where there is no <paramref name="Image"/>.</param>
    /// <param name="Image">The kept photo itself, an image file; null where none is kept, or where it cannot be opened.</param>
    public sealed record Face(
        int Id,
        string Model,
        IReadOnlyList<float>? Encoding,
        IReadOnlyList<float>? SecondEncoding,
        IReadOnlyList<float>? Template,
        string? Unreadable,
        string? ImagePath,
        byte[]? Image,
        float? Quality,
        bool? SelfEnrolled,
        DateTimeOffset CreatedAt,
        DateTimeOffset UpdatedAt);

    /// <param name="Faces">Each read as it is written out: photos are large.</param>
    public sealed record Response(IAsyncEnumerable<Face> Faces);

    internal sealed class Handler(IFaceIdDb db, ITemplateVault vault, IImageFiles images) : IRequestHandler<ExportFaces, ErrorOr<Response>>
    {
        public async Task<ErrorOr<Response>> Handle(ExportFaces query, CancellationToken cancellationToken)
        {
            var rows = await db.Faces.AsNoTracking().Where(face => face.UserId == query.UserId).OrderBy(face => face.Id).ToListAsync(cancellationToken);
            return new Response(ReadAsync(rows, cancellationToken));
        }

        private async IAsyncEnumerable<Face> ReadAsync(IReadOnlyList<FaceEncoding> rows, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            foreach (var row in rows)
            {
                var (numbers, why) = Open(() => vault.OpenEncoding(row.Encoding, row.Model, row.UserId).Values.ToArray());
                var (second, whyNoSecond) = Open(() => row.SecondEncoding is null ? null : vault.OpenSecond(row.SecondEncoding, row.SecondModel!, row.UserId).Values.ToArray());
                var (template, whyNoTemplate) = Open(() => row.Template is null ? null : vault.OpenTemplate(row.Template, row.UserId).ToNumbers());
                var (image, whyNoImage) = await OpenImageAsync(row, cancellationToken);
                yield return new Face(
                    row.Id, row.Model, numbers, second, template, why ?? whyNoSecond ?? whyNoTemplate ?? whyNoImage, row.ImagePath, image, row.Quality, row.SelfEnrolled, row.CreatedAt, row.UpdatedAt);
            }
        }

        private async Task<(byte[]? Image, string? Why)> OpenImageAsync(FaceEncoding row, CancellationToken cancellationToken)
        {
            if (row is not { ImagePath: { } path, ImageKey: { } key })
            {
                return (null, null);
            }

            var opened = await images.OpenAsync(row.Id, row.UserId, path, key, cancellationToken);
            if (opened.IsError)
            {
                return (null, opened.FirstError.Description);
            }

            using var file = opened.Value;
            return (file.Bytes.ToArray(), null);
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
