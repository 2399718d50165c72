using ErrorOr;
using FaceId.Application.Common.Security;
using MediatR;

namespace FaceId.Application.Recognition;

/// <summary>Shortens the log: whole partitions where all rows are old enough, rows where others still count.</summary>
[Internal]
public sealed record DropOldLog(DateTimeOffset OlderThan, bool DryRun) : IRequest<ErrorOr<DroppedLog>>
{
    internal sealed class Handler(IRecognitionLogStore store) : IRequestHandler<DropOldLog, ErrorOr<DroppedLog>>
    {
        public async Task<ErrorOr<DroppedLog>> Handle(DropOldLog request, CancellationToken cancellationToken) =>
            await store.DropOlderAsync(request.OlderThan, request.DryRun, cancellationToken);
    }
}

public interface IRecognitionLogStore
{
    /// <summary>Drops, or counts, what is older.</summary>
    Task<DroppedLog> DropOlderAsync(DateTimeOffset olderThan, bool dryRun, CancellationToken cancellationToken);
}

/// <param name="Rows">All rows that went, those of the partitions too.</param>
public sealed record DroppedLog(int Partitions, long Rows);
