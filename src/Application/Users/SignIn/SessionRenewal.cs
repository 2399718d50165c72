using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Domain.Users;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Users.SignIn;

/// <summary>
/// Gives sessions what names them: at their beginning, and anew at a proof of who the person is. Programs that hold tokens must be written
/// for that, so they get new ones only where <see cref="AccountOptions.NewTokensAtProof"/> says so; browsers take a new cookie by themselves.
/// </summary>
public sealed class SessionRenewal(IFaceIdDb db, IAccessTokens tokens, AccountOptions options, ICaller caller, TimeProvider time)
{
    /// <summary>Notes a proof in the caller's session and renews what names it, in the caller's transaction; what named it before is refused.</summary>
    /// <returns>Null when the session has ended meanwhile; empty when it goes on with its tokens.</returns>
    public async Task<SessionTokens?> RenewAsync(bool secondFactor, CancellationToken cancellationToken)
    {
        // A refresh either comes before and what it gave is refused, or after and finds its token gone.
        var id = caller.RequiredSession().SessionId;
        if (!await db.LockSessionAsync(id, cancellationToken))
        {
            return null;
        }

        var session = await db.Sessions.SingleAsync(session => session.Id == id, cancellationToken);
        var now = time.GetUtcNow();
        session.Prove(secondFactor, now);
        if (session.CookieHash is null && !options.NewTokensAtProof)
        {
            return new SessionTokens();
        }

        session.Renew();
        await db.RefreshTokens.Where(token => token.SessionId == id).ExecuteDeleteAsync(cancellationToken);
        return await EquipAsync(session, caller.RequiredSession().Role, browser: session.CookieHash is not null, now, cancellationToken);
    }

    /// <summary>Gives a session of either kind what its holder names it with.</summary>
    /// <param name="role">Its person's.</param>
    public async Task<SessionTokens> EquipAsync(Session session, Role role, bool browser, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (browser)
        {
            return new SessionTokens { TokenType = "Cookie", Cookie = new BrowserCookie(session.IssueCookie(), session.ExpiresAt) };
        }

        var refreshToken = session.IssueRefreshToken(now, options.IdleTimeout(role, browser));
        var accessToken = await tokens.IssueAsync(session, cancellationToken);
        return new SessionTokens
        {
            AccessToken = accessToken.Value,
            RefreshToken = refreshToken,
            ExpiresIn = (int)accessToken.Lifetime.TotalSeconds,
            TokenType = "Bearer",
        };
    }
}
