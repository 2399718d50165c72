using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Domain.Users;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Users;

/// <summary>Tells the other modules what they need to know of a person.</summary>
[Internal]
public sealed record FindPerson(int UserId) : IQuery<FindPerson.Person>
{
    public sealed record Person(int Id, bool IsActive, Role Role);

    internal sealed class Handler(IFaceIdDb db) : IRequestHandler<FindPerson, ErrorOr<Person>>
    {
        public async Task<ErrorOr<Person>> Handle(FindPerson query, CancellationToken cancellationToken)
        {
            var person = await db.Users.AsNoTracking()
                .Where(user => user.Id == query.UserId)
                .Select(user => new Person(user.Id, user.IsActive, user.Role))
                .SingleOrDefaultAsync(cancellationToken);

            return person is null ? UserErrors.NotFound : person;
        }
    }
}
