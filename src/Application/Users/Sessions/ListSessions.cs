using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Users.Sessions;

/// <summary>Lists where an account is signed in, newest first.</summary>
[Requires(Permission.ManageUsers, OrOwner = true), EvenBeforeSetup]
public sealed record ListSessions(int UserId, int Limit = Paging.DefaultLimit, string? Cursor = null)
    : IQuery<Page<ListSessions.Item>>, IPagedQuery, IAboutUser
{
    /// <param name="Device">The browser or program, as it called itself.</param>
    /// <param name="LastSeenAt">To about a minute.</param>
    /// <param name="Current">Whether this request belongs to it.</param>
    public sealed record Item(
        Guid Id,
        string? Device,
        string? IpAddress,
        DateTimeOffset CreatedAt,
        DateTimeOffset LastSeenAt,
        DateTimeOffset ExpiresAt,
        bool Browser,
        bool Current);

    internal sealed class Validator : FluentValidation.AbstractValidator<ListSessions>
    {
        public Validator() => this.AddPagingRules();
    }

    internal sealed class Handler(IFaceIdDb db, ICaller caller, TimeProvider time) : IRequestHandler<ListSessions, ErrorOr<Page<Item>>>
    {
        public async Task<ErrorOr<Page<Item>>> Handle(ListSessions query, CancellationToken cancellationToken)
        {
            var now = time.GetUtcNow();
            var current = caller.Session?.SessionId;
            var rows = db.Sessions.AsNoTracking().Where(session => session.UserId == query.UserId && session.ExpiresAt > now
                && (session.CookieHash != null || session.RefreshTokens.Any(token => token.UsedAt == null && token.ExpiresAt > now)));

            // A session's id does not sort; the time it began, to the microsecond, does.
            if (query.After() is { } after)
            {
                rows = rows.Where(session => session.CreatedAt < after.Time);
            }

            var items = await rows
                .OrderByDescending(session => session.CreatedAt)
                .Take(query.Limit + 1)
                .Select(session => new Item(
                    session.Id,
                    session.UserAgent,
                    session.IpAddress,
                    session.CreatedAt,
                    session.LastSeenAt,
                    session.ExpiresAt,
                    session.CookieHash != null,
                    session.Id == current))
                .ToListAsync(cancellationToken);
            return items.ToPage(query.Limit, item => new Cursor(0, item.CreatedAt));
        }
    }
}
