using System.Globalization;
using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Faces;
using FaceId.Application.Users.SecurityEvents;
using FaceId.Domain.Users;
using MediatR;

namespace FaceId.Application.Users.Imports;

/// <summary>
/// Takes people and their faces over from elsewhere. The same source twice changes nothing: a person is known by their address, and a
/// face of theirs by its numbers. Nobody gets a password, a role or a mail.
/// </summary>
/// <param name="Observer">Hears of it as it goes.</param>
[Requires(Permission.ImportUsers)]
public sealed record ImportPeople(IPeopleSource Source, ImportOptions Options, IImportObserver Observer) : ICommand<ImportPeople.Response>
{
    /// <param name="SkippedEntries">Done by the run before, which this one went on with.</param>
    /// <param name="StoppedAtLine">The refused entry at which a strict import stopped.</param>
    public sealed record Response(
        bool DryRun, long Entries, long SkippedEntries, long People, long Faces, long KnownFaces, long Refused, long? StoppedAtLine);

    internal sealed class Handler(IPeopleStore store, IFaceGallery gallery, SecurityLog log, ICaller caller) : IRequestHandler<ImportPeople, ErrorOr<Response>>
    {
        public async Task<ErrorOr<Response>> Handle(ImportPeople request, CancellationToken cancellationToken)
        {
            var options = request.Options with { MayActOnStaff = caller.MayActOn(userId: null, Role.Admin) };
            await using var import = await store.BeginAsync(request.Source.Identity, options, cancellationToken);
            if (import is null)
            {
                return ImportErrors.Running;
            }

            long? stopped = null;
            Error? broken = null;
            try
            {
                await foreach (var batch in request.Source.ReadAsync(import.Done, cancellationToken))
                {
                    var refusals = await import.WriteAsync(batch, cancellationToken);
                    await request.Observer.HearAsync(new ImportProgress(import.Done, import.Counts, batch.Share), refusals, cancellationToken);
                    if (options.Strict && refusals is [var first, ..])
                    {
                        stopped = first.Line;
                        break;
                    }
                }
            }
            catch (ImportSourceException exception)
            {
                broken = exception.Error;
            }
            catch
            {
                await LogAsync(import.Counts, options, CancellationToken.None);
                throw;
            }

            if (!options.DryRun && stopped is null && broken is null)
            {
                await import.FinishAsync(cancellationToken);
            }

            gallery.Changed();
            var counts = import.Counts;
            await LogAsync(counts, options, cancellationToken);

            return broken is { } error
                ? error
                : new Response(options.DryRun, counts.Entries, import.Done, counts.People, counts.Faces, counts.Known, counts.Refused, stopped);
        }

        private async Task LogAsync(ImportCounts counts, ImportOptions options, CancellationToken cancellationToken)
        {
            if (!options.DryRun && counts.People + counts.Faces > 0)
            {
                await log.WriteAsync(SecurityEventKind.UsersImported, userId: null, Summary(counts, options.Consent), cancellationToken);
            }
        }

        private static string Summary(ImportCounts counts, ImportConsent consent) => string.Create(
            CultureInfo.InvariantCulture, $"people={counts.People} faces={counts.Faces} refused={counts.Refused} consent={consent.ToString().ToLowerInvariant()}");
    }
}

/// <summary>Hears of an import after each batch.</summary>
public interface IImportObserver
{
    ValueTask HearAsync(ImportProgress progress, IReadOnlyList<ImportRefusal> refused, CancellationToken cancellationToken);
}

/// <param name="Skipped">Entries that a run before has done.</param>
/// <param name="Share">How much of the source is done, 0 to 1; null when nobody knows its size.</param>
public sealed record ImportProgress(long Skipped, ImportCounts Counts, double? Share);
