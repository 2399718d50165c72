using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Users.Passkeys;

/// <summary>Lists one's own passkeys, oldest first; there are never more than fit on one page.</summary>
[OwnAccount, EvenBeforeSetup]
public sealed record ListPasskeys : IQuery<Page<ListPasskeys.Item>>
{
    /// <param name="IsBackedUp">Whether it is synced to other devices of its owner.</param>
    public sealed record Item(int Id, string Name, DateTimeOffset CreatedAt, DateTimeOffset? LastUsedAt, bool IsBackedUp);

    internal sealed class Handler(IFaceIdDb db, ICaller caller) : IRequestHandler<ListPasskeys, ErrorOr<Page<Item>>>
    {
        public async Task<ErrorOr<Page<Item>>> Handle(ListPasskeys query, CancellationToken cancellationToken)
        {
            var userId = caller.RequiredUserId();
            var items = await db.Passkeys.AsNoTracking()
                .Where(passkey => passkey.UserId == userId)
                .OrderBy(passkey => passkey.Id)
                .Select(passkey => new Item(passkey.Id, passkey.Name, passkey.CreatedAt, passkey.LastUsedAt, passkey.IsBackedUp))
                .ToListAsync(cancellationToken);
            return new Page<Item>(items, NextCursor: null);
        }
    }
}
