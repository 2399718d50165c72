using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Users.SecurityEvents;
using FaceId.Domain.Users;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Users.ApiKeys;

/// <summary>Ends a key, whoever made it.</summary>
[Requires(Permission.ManageApiKeys)]
public sealed record RevokeApiKey(int KeyId) : ICommand<Deleted>, ITransactional
{
    internal sealed class Handler(IFaceIdDb db, SecurityLog log) : IRequestHandler<RevokeApiKey, ErrorOr<Deleted>>
    {
        public async Task<ErrorOr<Deleted>> Handle(RevokeApiKey request, CancellationToken cancellationToken)
        {
            var key = await db.ApiKeys.SingleOrDefaultAsync(key => key.Id == request.KeyId, cancellationToken);
            if (key is null || await db.ApiKeys.Where(row => row.Id == key.Id).ExecuteDeleteAsync(cancellationToken) == 0)
            {
                return UserErrors.ApiKeyNotFound;
            }

            await log.WriteAsync(SecurityEventKind.ApiKeyRevoked, key.CreatedBy, key.Prefix, cancellationToken);
            return Result.Deleted;
        }
    }
}
