using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Users;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Faces;

/// <summary>Lists a person's enrolled faces, oldest first. Their numbers never leave the database this way.</summary>
[Requires(Permission.ReadUsers, OrOwner = true)]
public sealed record ListFaces(int UserId, int Limit = Paging.DefaultLimit, string? Cursor = null)
    : IQuery<Page<ListFaces.Item>>, IPagedQuery, IAboutUser
{
    /// <param name="Quality">Null for faces enrolled before photos were graded, and for those that other programs wrote.</param>
    public sealed record Item(int Id, string Model, float? Quality, DateTimeOffset CreatedAt);

    internal sealed class Validator : AbstractValidator<ListFaces>
    {
        public Validator() => this.AddPagingRules();
    }

    internal sealed class Handler(IFaceIdDb db, IMediator mediator) : IRequestHandler<ListFaces, ErrorOr<Page<Item>>>
    {
        public async Task<ErrorOr<Page<Item>>> Handle(ListFaces query, CancellationToken cancellationToken)
        {
            var person = await mediator.Send(new FindPerson(query.UserId), cancellationToken);
            if (person.IsError)
            {
                return person.Errors;
            }

            var after = query.After()?.Id ?? 0;
            var rows = await db.Faces.AsNoTracking()
                .Where(face => face.UserId == query.UserId && face.Id > after)
                .OrderBy(face => face.Id)
                .Take(query.Limit + 1)
                .Select(face => new Item(face.Id, face.Model, face.Quality, face.CreatedAt))
                .ToListAsync(cancellationToken);

            return rows.ToPage(query.Limit, row => new Cursor(row.Id));
        }
    }
}
