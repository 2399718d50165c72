using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Domain.Users;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Users.SignIn;

/// <summary>Gives sessions the tokens that name them: at their beginning, and anew at every proof of who the person is.</summary>
public sealed class SessionRenewal(IFaceIdDb db, IAccessTokens tokens, AccountOptions options, ICaller caller, TimeProvider time)
{
    /// <summary>Notes a proof in the caller's session and gives it new tokens, in the caller's transaction; the ones before are refused.</summary>
    /// <returns>Null when the session has ended meanwhile.</returns>
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
