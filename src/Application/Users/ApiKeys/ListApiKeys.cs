using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Users.ApiKeys;

/// <summary>Lists the keys of programs in the order they were made. The keys themselves are nowhere to be read.</summary>
[Requires(Permission.ManageApiKeys)]
public sealed record ListApiKeys(int Limit = Paging.DefaultLimit, string? Cursor = null) : IQuery<Page<ListApiKeys.Item>>, IPagedQuery
{
    /// <param name="CreatedBy">The account that made it, and with which it ends.</param>
    /// <param name="LastUsedAt">To about a minute.</param>
    public sealed record Item(
        int Id,
        string Name,
        string Prefix,
        IReadOnlyList<string> Scopes,
        int CreatedBy,
        DateTimeOffset CreatedAt,
        DateTimeOffset? ExpiresAt,
        DateTimeOffset? LastUsedAt,
        int? RequestsPerSecond);

    internal sealed class Validator : AbstractValidator<ListApiKeys>
    {
        public Validator() => this.AddPagingRules();
    }

    internal sealed class Handler(IFaceIdDb db) : IRequestHandler<ListApiKeys, ErrorOr<Page<Item>>>
    {
        public async Task<ErrorOr<Page<Item>>> Handle(ListApiKeys query, CancellationToken cancellationToken)
        {
            var after = query.After()?.Id ?? 0;
            var rows = await db.ApiKeys.AsNoTracking()
                .Where(key => key.Id > after)
                .OrderBy(key => key.Id)
                .Take(query.Limit + 1)
                .Select(key => new Item(
                    key.Id, key.Name, key.Prefix, key.Scopes, key.CreatedBy, key.CreatedAt, key.ExpiresAt, key.LastUsedAt, key.RequestsPerSecond))
                .ToListAsync(cancellationToken);
            return rows.ToPage(query.Limit, row => new Cursor(row.Id));
        }
    }
}
