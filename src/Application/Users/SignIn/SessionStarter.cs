using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Users.SecurityEvents;
using FaceId.Application.Users.Sessions;
using FaceId.Domain.Users;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Users.SignIn;

/// <summary>The last step of every way to sign in: a session, and what its holder proves it with.</summary>
public sealed class SessionStarter(
    IFaceIdDb db,
    SessionRenewal renewal,
    OtherSessions others,
    IKnownDevices devices,
    SecurityLog log,
    AccountMails mails,
    AccountOptions options,
    ICaller caller,
    TimeProvider time)
{
    public async Task<ErrorOr<SignInResponse>> StartAsync(SignInRequest request, CancellationToken cancellationToken)
    {
        // The person's row is held, so that a password change or a deactivation either sees this session and ends it, or is seen here.
        await using var transaction = await db.BeginTransactionAsync(cancellationToken);
        if (!await db.LockUserAsync(request.UserId, cancellationToken))
        {
            return UserErrors.InvalidCredentials;
        }

        var user = await db.Users.SingleAsync(user => user.Id == request.UserId, cancellationToken);
        if (!user.IsActive || (request.PasswordHash is { } seen && seen != user.HashedPassword))
        {
            return UserErrors.InvalidCredentials;
        }

        var now = time.GetUtcNow();
        if (request.DeviceToken is null && user.LastSignInAt is not null)
        {
            mails.NewSignIn(user);
        }

        user.RecordSignIn(now);
        var session = Session.Start(user.Id, request.SecondFactor, caller.IpAddress, caller.StoredUserAgent, now, options.Lifetime(user.Role));
        var tokens = await renewal.EquipAsync(session, user.Role, request.Browser, now, cancellationToken);
        await MakeRoomAsync(user.Id, cancellationToken);
        db.Sessions.Add(session);
        log.Add(SecurityEventKind.SignedIn, user.Id, request.Method);
        await db.SaveChangesAsync(cancellationToken);
        if (request.EndOthers)
        {
            await others.EndAsync(user.Id, except: session.Id, cancellationToken);
        }

        await EndFormerAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new SignInResponse(tokens, request.DeviceToken ?? devices.Issue(user.Id));
    }

    /// <summary>Ends the sessions longest unused when there are as many as an account may have.</summary>
    private async Task MakeRoomAsync(int userId, CancellationToken cancellationToken)
    {
        var surplus = await db.Sessions.Where(session => session.UserId == userId)
            .OrderByDescending(session => session.LastSeenAt).ThenByDescending(session => session.Id)
            .Skip(options.MaxSessions - 1).Select(session => session.Id).ToListAsync(cancellationToken);
        if (surplus.Count > 0)
        {
            await db.Sessions.Where(session => surplus.Contains(session.Id)).ExecuteDeleteAsync(cancellationToken);
            log.Add(SecurityEventKind.SessionEnded, userId, "too many sessions");
        }
    }

    /// <summary>A browser that signs in anew leaves the session that its cookie held, whosever it was.</summary>
    private async Task EndFormerAsync(CancellationToken cancellationToken)
    {
        if (caller.Session is not { IsBrowser: true, SessionId: var former, UserId: var userId })
        {
            return;
        }

        if (await db.Sessions.Where(session => session.Id == former).ExecuteDeleteAsync(cancellationToken) > 0)
        {
            await log.WriteAsync(SecurityEventKind.SessionEnded, userId, "signed in anew", cancellationToken);
        }
    }
}

/// <param name="Method">How, for the security log: <c>password</c>, <c>password totp</c>, <c>passkey</c>.</param>
/// <param name="SecondFactor">Whether a second factor or a passkey was part of it.</param>
/// <param name="Browser">Whether the session is a browser's, held by a cookie.</param>
/// <param name="DeviceToken">The token of a device that was recognised.</param>
/// <param name="PasswordHash">The hash that the password was checked against; another one by now means that it was changed meanwhile.</param>
/// <param name="EndOthers">Whether the person's other sessions end.</param>
public sealed record SignInRequest(
    int UserId, string Method, bool SecondFactor, bool Browser, string? DeviceToken, string? PasswordHash = null, bool EndOthers = false);
