using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Domain.Users;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Users.SecurityEvents;

/// <summary>Lists what happened to the security of accounts, newest first.</summary>
/// <param name="From">First moment that counts.</param>
/// <param name="To">First moment that no longer counts.</param>
[Requires(Permission.ReadSecurityEvents)]
public sealed record ListSecurityEvents(
    int? UserId = null,
    SecurityEventKind? Kind = null,
    DateTimeOffset? From = null,
    DateTimeOffset? To = null,
    int Limit = Paging.DefaultLimit,
    string? Cursor = null) : IQuery<Page<SecurityEventItem>>, IPagedQuery, IPeriodQuery
{
    internal sealed class Validator : AbstractValidator<ListSecurityEvents>
    {
        public Validator()
        {
            this.AddPagingRules();
            this.AddPeriodRules();
        }
    }

    internal sealed class Handler(IFaceIdDb db) : IRequestHandler<ListSecurityEvents, ErrorOr<Page<SecurityEventItem>>>
    {
        public async Task<ErrorOr<Page<SecurityEventItem>>> Handle(ListSecurityEvents query, CancellationToken cancellationToken)
        {
            var rows = db.SecurityEvents.AsNoTracking();
            if (query.UserId is { } userId)
            {
                rows = rows.Where(row => row.UserId == userId);
            }

            if (query.Kind is { } kind)
            {
                rows = rows.Where(row => row.Kind == kind);
            }

            if (query.From is { } from)
            {
                rows = rows.Where(row => row.CreatedAt >= from);
            }

            if (query.To is { } to)
            {
                rows = rows.Where(row => row.CreatedAt < to);
            }

            return await rows.ToPageAsync(query, cancellationToken);
        }
    }
}

/// <summary>Lists what happened to the security of one's own account, newest first.</summary>
[OwnAccount, EvenBeforeSetup]
public sealed record ListMySecurityEvents(int Limit = Paging.DefaultLimit, string? Cursor = null)
    : IQuery<Page<SecurityEventItem>>, IPagedQuery
{
    internal sealed class Validator : AbstractValidator<ListMySecurityEvents>
    {
        public Validator() => this.AddPagingRules();
    }

    internal sealed class Handler(IFaceIdDb db, ICaller caller) : IRequestHandler<ListMySecurityEvents, ErrorOr<Page<SecurityEventItem>>>
    {
        public async Task<ErrorOr<Page<SecurityEventItem>>> Handle(ListMySecurityEvents query, CancellationToken cancellationToken)
        {
            var userId = caller.RequiredUserId();
            return await db.SecurityEvents.AsNoTracking().Where(row => row.UserId == userId).ToPageAsync(query, cancellationToken);
        }
    }
}

/// <param name="UserId">The account it happened to.</param>
/// <param name="ActorId">The account that did it.</param>
/// <param name="ApiKeyId">The API key that did it.</param>
public sealed record SecurityEventItem(
    long Id,
    SecurityEventKind Kind,
    int? UserId,
    int? ActorId,
    int? ApiKeyId,
    string? Detail,
    string? IpAddress,
    string? UserAgent,
    DateTimeOffset CreatedAt);

internal static class SecurityEventPages
{
    public static async Task<Page<SecurityEventItem>> ToPageAsync(
        this IQueryable<SecurityEvent> rows, IPagedQuery query, CancellationToken cancellationToken)
    {
        if (query.After() is { } after)
        {
            rows = rows.Where(row => row.Id < after.Id);
        }

        var items = await rows
            .OrderByDescending(row => row.Id)
            .Take(query.Limit + 1)
            .Select(row => new SecurityEventItem(
                row.Id, row.Kind, row.UserId, row.ActorId, row.ApiKeyId, row.Detail, row.IpAddress, row.UserAgent, row.CreatedAt))
            .ToListAsync(cancellationToken);
        return items.ToPage(query.Limit, row => new Cursor(row.Id));
    }
}
