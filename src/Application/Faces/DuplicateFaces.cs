using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Recognition;
using FaceId.Application.Users.SecurityEvents;
using FaceId.Domain.Faces;
using FaceId.Domain.Users;

namespace FaceId.Application.Faces;

/// <summary>
/// Keeps one face from being enrolled for two people, whose accounts may be deactivated. It is asked twice: before the transaction, which
/// spares most conflicts the wait, and in it, when one enrolment of all servers is left, whose commit the next one sees.
/// </summary>
public sealed class DuplicateFaces(IFaceGallery gallery, SearchThresholds thresholds, IFaceIdDb db, SecurityLog log, ICaller caller, EnrolmentTurns turns)
{
    /// <summary>Looks for the face among other people's, and then waits for a turn to enrol it.</summary>
    /// <param name="allow">Whether the caller wants it enrolled all the same, for which they need the permission.</param>
    public async Task<ErrorOr<Turn>> BeginAsync(int userId, FaceOpinions face, bool allow, CancellationToken cancellationToken)
    {
        if (allow && !caller.Has(Permission.ManageFaces))
        {
            return SecurityErrors.Forbidden;
        }

        if (!gallery.State.HasRoom)
        {
            return GalleryErrors.Full;
        }

        var found = await FindAsync(userId, face, latest: false, cancellationToken);
        if (!allow)
        {
            if (found.IsError)
            {
                return found.Errors;
            }

            if (found.Value is { } other)
            {
                return Conflict(other);
            }
        }

        await turns.Free.WaitAsync(cancellationToken);
        return new Turn(turns, userId, face, Overridden: allow && (found.IsError || found.Value is not null), found.IsError ? null : found.Value?.UserId, allow);
    }

    /// <summary>Looks once more, in the transaction that enrols the face, just before it commits.</summary>
    public async Task<ErrorOr<Success>> ConfirmAsync(Turn turn, CancellationToken cancellationToken)
    {
        if (turn.Allow)
        {
            if (turn.Overridden)
            {
                log.Add(SecurityEventKind.DuplicateAllowed, turn.UserId, turn.Other is { } like ? $"like user {like}" : "not looked for");
            }

            return Result.Success;
        }

        await db.LockEnrolmentsAsync(cancellationToken);
        var found = await FindAsync(turn.UserId, turn.Face, latest: true, cancellationToken);
        return found.IsError ? found.Errors : found.Value is { } other ? Conflict(other) : Result.Success;
    }

    private async Task<ErrorOr<GalleryMatch?>> FindAsync(int userId, FaceOpinions face, bool latest, CancellationToken cancellationToken)
    {
        var rule = await thresholds.DuplicateAsync(gallery.State.Faces, cancellationToken);
        var found = await gallery.SearchAsync([face], new GalleryQuery(Limit: 1, rule.Reach, Except: userId, Inactive: true, latest), cancellationToken);
        return found.IsError ? found.Errors : found.Value[0].Count == 0 ? null : found.Value[0][0];
    }

    /// <summary>Whose face it is learns only who may look people up anyway.</summary>
    private Error Conflict(GalleryMatch other) => caller.Has(Permission.ReadUsers)
        ? FaceErrors.IdentityConflict(other.UserId)
        : FaceErrors.IdentityConflict();

    /// <summary>The right to enrol one face, until it is disposed of.</summary>
    /// <param name="Other">Whom the face was found to be like.</param>
    public sealed record Turn(EnrolmentTurns Turns, int UserId, FaceOpinions Face, bool Overridden, int? Other, bool Allow) : IDisposable
    {
        public void Dispose() => Turns.Free.Release();
    }
}

/// <summary>How many enrolments of this server may be in their transaction at once; the rest hold no connection while they wait.</summary>
public sealed class EnrolmentTurns : IDisposable
{
    private const int AtOnce = 4;

    public SemaphoreSlim Free { get; } = new(AtOnce);

    public void Dispose() => Free.Dispose();
}
