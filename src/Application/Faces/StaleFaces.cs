using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Domain.Faces;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Faces;

/// <summary>Finds the faces whose templates are not of the models in use, or are older than wanted.</summary>
/// <param name="Before">Also those last encoded before this.</param>
[Requires(Permission.ManageFaces)]
public sealed record CountStaleFaces(DateTimeOffset? Before) : IQuery<CountStaleFaces.Response>
{
    /// <param name="All">Every enrolled face.</param>
    /// <param name="WithPhoto">Those that are stale, and whose photo is kept.</param>
    /// <param name="WithoutPhoto">Those that are stale, and whose photo is not.</param>
    public sealed record Response(long All, long WithPhoto, long WithoutPhoto);

    internal sealed class Handler(IFaceIdDb db, IFaceEngine engine) : IRequestHandler<CountStaleFaces, ErrorOr<Response>>
    {
        public async Task<ErrorOr<Response>> Handle(CountStaleFaces query, CancellationToken cancellationToken)
        {
            var stale = db.Faces.Stale(engine, query.Before);
            return new Response(
                await db.Faces.LongCountAsync(cancellationToken),
                await stale.LongCountAsync(face => face.ImageKey != null, cancellationToken),
                await stale.LongCountAsync(face => face.ImageKey == null, cancellationToken));
        }
    }
}

/// <summary>The next of the stale faces that have a photo, by their numbers.</summary>
[Requires(Permission.ManageFaces)]
public sealed record ListStaleFaces(DateTimeOffset? Before, int After) : IQuery<IReadOnlyList<StaleFace>>
{
    public const int AtOnce = 500;

    internal sealed class Handler(IFaceIdDb db, IFaceEngine engine) : IRequestHandler<ListStaleFaces, ErrorOr<IReadOnlyList<StaleFace>>>
    {
        public async Task<ErrorOr<IReadOnlyList<StaleFace>>> Handle(ListStaleFaces query, CancellationToken cancellationToken) =>
            await db.Faces.Stale(engine, query.Before)
                .Where(face => face.ImageKey != null && face.Id > query.After)
                .OrderBy(face => face.Id)
                .Take(AtOnce)
                .Select(face => new StaleFace(face.Id, face.UserId))
                .ToListAsync(cancellationToken);
    }
}

public sealed record StaleFace(int Id, int UserId);

internal static class StaleFaces
{
    /// <remarks>What dlib alone would make anew of a face that has both opinions is less than it has, so without the second model such faces are never stale.</remarks>
    public static IQueryable<FaceEncoding> Stale(this DbSet<FaceEncoding> faces, IFaceEngine engine, DateTimeOffset? before)
    {
        var rows = faces.AsNoTracking();
        return engine.GivesTemplates
            ? rows.Where(face => face.Model != FaceModels.Dlib || face.SecondModel != FaceModels.Second || face.TemplateModel != FaceModels.Fused || face.UpdatedAt < before)
            : rows.Where(face => face.Template == null && (face.Model != FaceModels.Dlib || face.UpdatedAt < before));
    }
}
