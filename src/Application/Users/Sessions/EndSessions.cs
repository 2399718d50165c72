using System.Globalization;
using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Users.SecurityEvents;
using FaceId.Domain.Users;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Users.Sessions;

/// <summary>Ends one session of an account. Who has the present one only, and no fresh proof, ends that one by logging out.</summary>
[Requires(Permission.ManageUsers, OrOwner = true), EvenBeforeSetup, FreshProof]
public sealed record EndSession(int UserId, Guid SessionId) : ICommand<Deleted>, ITransactional, IAboutUser
{
    internal sealed class Handler(IFaceIdDb db, SecurityLog log, ICaller caller) : IRequestHandler<EndSession, ErrorOr<Deleted>>
    {
        public async Task<ErrorOr<Deleted>> Handle(EndSession request, CancellationToken cancellationToken)
        {
            if (!await db.Users.MayActOnAsync(caller, request.UserId, cancellationToken))
            {
                return SecurityErrors.Forbidden;
            }

            var ended = await db.Sessions
                .Where(session => session.Id == request.SessionId && session.UserId == request.UserId)
                .ExecuteDeleteAsync(cancellationToken);
            if (ended == 0)
            {
                return UserErrors.SessionNotFound;
            }

            await log.WriteAsync(SecurityEventKind.SessionEnded, request.UserId, null, cancellationToken);
            return Result.Deleted;
        }
    }
}

/// <summary>Ends all sessions of an account but the caller's own.</summary>
[Requires(Permission.ManageUsers, OrOwner = true), EvenBeforeSetup, FreshProof]
public sealed record EndSessions(int UserId) : ICommand<Deleted>, ITransactional, IAboutUser
{
    internal sealed class Handler(IFaceIdDb db, SecurityLog log, ICaller caller) : IRequestHandler<EndSessions, ErrorOr<Deleted>>
    {
        public async Task<ErrorOr<Deleted>> Handle(EndSessions request, CancellationToken cancellationToken)
        {
            if (!await db.LockUserAsync(request.UserId, cancellationToken))
            {
                return UserErrors.NotFound;
            }

            if (!await db.Users.MayActOnAsync(caller, request.UserId, cancellationToken))
            {
                return SecurityErrors.Forbidden;
            }

            await db.Sessions.EndAllAsync(request.UserId, except: caller.Session?.SessionId, cancellationToken);
            await log.WriteAsync(SecurityEventKind.SessionsEnded, request.UserId, null, cancellationToken);
            return Result.Deleted;
        }
    }
}

/// <summary>
/// Ends the sessions of everybody but the caller's own, for when nobody knows who holds which. API keys go on; they are revoked one by one.
/// </summary>
[Requires(Permission.ManageUsers), FreshProof(SecondFactor = true)]
public sealed record EndAllSessions : ICommand<EndAllSessions.Response>, ITransactional
{
    /// <param name="Ended">How many there were.</param>
    public sealed record Response(int Ended);

    internal sealed class Handler(IFaceIdDb db, SecurityLog log, ICaller caller) : IRequestHandler<EndAllSessions, ErrorOr<Response>>
    {
        public async Task<ErrorOr<Response>> Handle(EndAllSessions request, CancellationToken cancellationToken)
        {
            var own = caller.Session?.SessionId;
            var ended = await db.Sessions.Where(session => session.Id != own).ExecuteDeleteAsync(cancellationToken);
            await log.WriteAsync(SecurityEventKind.SessionsEnded, null, string.Create(CultureInfo.InvariantCulture, $"all={ended}"), cancellationToken);
            return new Response(ended);
        }
    }
}

internal static class SessionEnding
{
    /// <summary>Whether the caller's own role allows them to end sessions of this account.</summary>
    public static async Task<bool> MayActOnAsync(this IQueryable<User> users, ICaller caller, int userId, CancellationToken cancellationToken)
    {
        var roles = await users.Where(user => user.Id == userId).Select(user => user.Role).ToListAsync(cancellationToken);
        return roles.TrueForAll(role => caller.MayActOn(userId, role));
    }

    /// <summary>Ends the sessions of an account. Call it after the change that is the reason, in one transaction with it.</summary>
    /// <param name="except">A session that goes on.</param>
    public static Task<int> EndAllAsync(this IQueryable<Session> sessions, int userId, Guid? except, CancellationToken cancellationToken) =>
        sessions.Where(session => session.UserId == userId && session.Id != except).ExecuteDeleteAsync(cancellationToken);
}
