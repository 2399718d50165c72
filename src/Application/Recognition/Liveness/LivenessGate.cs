using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Recognition.Settings;
using FaceId.Domain.Faces;
using FaceId.Domain.Recognition.Liveness;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Recognition.Liveness;

/// <summary>
/// Asks for a living person where the setting says so. With a session, the face that is compared or enrolled is the one of the session
/// itself; the photo beside it must show the same face, and cannot bring another one in.
/// </summary>
public sealed class LivenessGate(IFaceIdDb db, ILivenessVault vault, Thresholds thresholds, IRecognitionSettings settings, ICaller caller, TimeProvider time)
{
    /// <param name="userId">Whom the request is about; null in a search.</param>
    /// <param name="photo">The face in the request's photo.</param>
    /// <returns>The face to go on with; or that a session is required, does not serve, or shows another face. A session is used up by this.</returns>
    public async Task<ErrorOr<FaceOpinions>> ProbeAsync(
        LivenessPurpose purpose, int? userId, Guid? sessionId, FaceOpinions photo, CancellationToken cancellationToken)
    {
        var current = await settings.CurrentAsync(cancellationToken);
        if (sessionId is not { } id)
        {
            return current.RequireLiveness.For(purpose) ? LivenessErrors.Required : photo;
        }

        var session = await db.LivenessSessions.AsNoTracking().SingleOrDefaultAsync(session => session.Id == id, cancellationToken);
        if (session is null || !caller.Owns(session) || !session.Serves(purpose, userId, time.GetUtcNow())
            || await db.LivenessSessions.Where(row => row.Id == id).ExecuteDeleteAsync(cancellationToken) != 1)
        {
            return LivenessErrors.Unusable;
        }

        var live = vault.Open(session.SealedRun!, id).Front!.Face;
        return thresholds.Decide(live.DistanceTo(photo), current.FalseMatchRates.Verify, comparisons: 1).Accepted ? live : LivenessErrors.Mismatch;
    }
}
