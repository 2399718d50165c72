using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Users.ApiKeys;

/// <summary>Lists the keys of all makers in the order they were made, without what they prove themselves with.</summary>
[Requires(Permission.ManageApiKeys)]
public sealed record ListApiKeys(int Limit = Paging.DefaultLimit, string? Cursor = null) : IQuery<Page<ListApiKeys.Item>>, IPagedQuery
{
    /// <param name="Prefix">The key's first characters, to recognise it by.</param>
    /// <param name="LastUsedAt">To about a minute.</param>
    public sealed record Item(
        int Id,
        string Prefix,
        string Name,
        IReadOnlyList<Permission> Scopes,
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
                .Select(key => new
                {
                    key.Id, key.Prefix, key.Name, key.Scopes, key.CreatedBy, key.CreatedAt, key.ExpiresAt, key.LastUsedAt, key.RequestsPerSecond,
                })
                .ToListAsync(cancellationToken);

            // A scope that no permission has any more grants nothing, so it is not shown either.
            return rows
                .ConvertAll(key => new Item(
                    key.Id,
                    key.Prefix,
                    key.Name,
                    [.. key.Scopes.Select(Permissions.FromScope).OfType<Permission>()],
                    key.CreatedBy,
                    key.CreatedAt,
                    key.ExpiresAt,
                    key.LastUsedAt,
                    key.RequestsPerSecond))
                .ToPage(query.Limit, item => new Cursor(item.Id));
        }
    }
}
