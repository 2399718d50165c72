using FaceId.Application.Common;
using FaceId.Application.Users.SecurityEvents;
using FaceId.Domain.Users;

namespace FaceId.Application.Users.Sessions;

/// <summary>
/// Ends the other sessions of somebody who changes how they sign in: whoever else is signed in may be the reason for the change.
/// </summary>
public sealed class OtherSessions(IFaceIdDb db, SecurityLog log)
{
    /// <summary>Call it after the change was saved, in one transaction with it.</summary>
    /// <param name="except">The session that goes on.</param>
    public async Task EndAsync(int userId, Guid? except, CancellationToken cancellationToken)
    {
        if (await db.Sessions.EndAllAsync(userId, except, cancellationToken) > 0)
        {
            await log.WriteAsync(SecurityEventKind.SessionsEnded, userId, "others", cancellationToken);
        }
    }
}
