using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Users.SecurityEvents;
using FaceId.Domain.Faces;
using FaceId.Domain.Users;
using MediatR;

namespace FaceId.Application.Users.Imports;

/// <summary>Gives everybody with their faces, as <see cref="ImportPeople"/> takes them. Without passwords, roles, consents and photos.</summary>
[Requires(Permission.ReadEncodings)]
public sealed record ExportPeople : ICommand<ExportPeople.Response>
{
    /// <param name="People">Read as they are written out.</param>
    public sealed record Response(IAsyncEnumerable<Person> People);

    /// <param name="UnreadableFaces">How many of their faces do not open and are left out.</param>
    public sealed record Person(string Email, string Name, bool IsVerified, bool IsActive, DateTimeOffset CreatedAt, IReadOnlyList<Face> Faces, int UnreadableFaces);

    public sealed record Face(FaceOpinions Opinions, DateTimeOffset CreatedAt);

    internal sealed class Handler(IPeopleStore store, SecurityLog log) : IRequestHandler<ExportPeople, ErrorOr<Response>>
    {
        public async Task<ErrorOr<Response>> Handle(ExportPeople request, CancellationToken cancellationToken)
        {
            await log.WriteAsync(SecurityEventKind.UsersExported, userId: null, detail: null, cancellationToken);
            return new Response(store.ReadAsync(cancellationToken));
        }
    }
}
