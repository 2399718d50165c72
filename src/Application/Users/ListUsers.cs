using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Domain.Users;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Users;

/// <summary>Lists accounts in the order they were made.</summary>
/// <param name="Search">Part of a name or e-mail address, in any case.</param>
[Requires(Permission.ReadUsers)]
public sealed record ListUsers(string? Search = null, Role? Role = null, bool? Active = null, int Limit = Paging.DefaultLimit, string? Cursor = null)
    : IQuery<Page<UserResponse>>, IPagedQuery
{
    internal sealed class Validator : AbstractValidator<ListUsers>
    {
        public Validator()
        {
            this.AddPagingRules();
            RuleFor(query => query.Search).MaximumLength(Email.MaxLength)
                .WithMessage($"Search for at most {Email.MaxLength} characters.");
        }
    }

    internal sealed class Handler(IFaceIdDb db) : IRequestHandler<ListUsers, ErrorOr<Page<UserResponse>>>
    {
        public async Task<ErrorOr<Page<UserResponse>>> Handle(ListUsers query, CancellationToken cancellationToken)
        {
            var users = db.Users.AsNoTracking();
            if (query.After() is { } after)
            {
                users = users.Where(user => user.Id > after.Id);
            }

            if (!string.IsNullOrWhiteSpace(query.Search))
            {
                users = users.WithText(query.Search.Trim());
            }

            if (query.Role is { } role)
            {
                users = users.Where(user => user.Role == role);
            }

            if (query.Active is { } active)
            {
                users = users.Where(user => user.IsActive == active);
            }

            var rows = await users
                .OrderBy(user => user.Id)
                .Take(query.Limit + 1)
                .Select(UserResponse.Projection)
                .ToListAsync(cancellationToken);

            return rows.ToPage(query.Limit, row => new Cursor(row.Id));
        }
    }
}
