using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Users.SecurityEvents;
using FaceId.Domain.Users;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Users.SignIn;

/// <summary>Ends a session: that of a refresh token, otherwise the caller's own. One that has ended already is no error.</summary>
[Anonymous]
public sealed record Logout(string? RefreshToken = null) : ICommand<Success>
{
    internal sealed class Handler(IFaceIdDb db, SecurityLog log, ICaller caller) : IRequestHandler<Logout, ErrorOr<Success>>
    {
        public async Task<ErrorOr<Success>> Handle(Logout request, CancellationToken cancellationToken)
        {
            if (await SessionIdAsync(request.RefreshToken, cancellationToken) is { } id
                && await db.Sessions.SingleOrDefaultAsync(session => session.Id == id, cancellationToken) is { } session)
            {
                db.Sessions.Remove(session);
                log.Add(SecurityEventKind.SignedOut, session.UserId);
                await db.SaveChangesAsync(cancellationToken);
            }

            return Result.Success;
        }

        private async Task<Guid?> SessionIdAsync(string? refreshToken, CancellationToken cancellationToken)
        {
            if (string.IsNullOrEmpty(refreshToken) || refreshToken.Length > SecretToken.MaxLength)
            {
                return caller.Session?.SessionId;
            }

            var hash = SecretToken.Hash(refreshToken);
            return await db.RefreshTokens.AsNoTracking()
                .Where(token => token.TokenHash == hash).Select(token => (Guid?)token.SessionId).SingleOrDefaultAsync(cancellationToken);
        }
    }
}
