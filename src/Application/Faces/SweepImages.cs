using ErrorOr;
using FaceId.Application.Common.Security;
using MediatR;

namespace FaceId.Application.Faces;

/// <summary>
/// Deletes kept photos that no face names: enrolments that were killed halfway leave such, and rows that were deleted by plain SQL. Nobody can open them,
/// for their keys were in the rows.
/// </summary>
/// <param name="OlderThan">Younger files may belong to an enrolment that is at work.</param>
[Internal]
public sealed record SweepImages(DateTimeOffset OlderThan, bool DryRun) : IRequest<ErrorOr<SweptImages>>
{
    internal sealed class Handler(IImageSweep sweep) : IRequestHandler<SweepImages, ErrorOr<SweptImages>>
    {
        public async Task<ErrorOr<SweptImages>> Handle(SweepImages request, CancellationToken cancellationToken) =>
            await sweep.SweepAsync(request.OlderThan, request.DryRun, cancellationToken);
    }
}

public interface IImageSweep
{
    /// <summary>Deletes, or counts, photos that no face names, and looks for those that are missing.</summary>
    Task<SweptImages> SweepAsync(DateTimeOffset olderThan, bool dryRun, CancellationToken cancellationToken);
}

/// <param name="Deleted">Photos that no face names, deleted or to be.</param>
/// <param name="Missing">Faces whose kept photo is not in this server's folder. Nothing is done about them.</param>
/// <param name="MissingOf">The first of these faces.</param>
/// <param name="NotSwept">Why photos that no face names stay; null when none do.</param>
public sealed record SweptImages(long Deleted, long Missing, IReadOnlyList<int> MissingOf, string? NotSwept);
