using FaceId.Application.Common;
using FaceId.Domain.Users;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Users;

/// <summary>Answers, at every request, whether the bearer of a token still has an account and what it may do now.</summary>
public sealed class ActiveAccounts(IFaceIdDb db)
{
    /// <returns>The role of an active account; null when it was erased or deactivated.</returns>
    public async Task<Role?> FindRoleAsync(int userId, CancellationToken cancellationToken) =>
        await db.Users.AsNoTracking()
            .Where(user => user.Id == userId && user.IsActive)
            .Select(user => (Role?)user.Role)
            .SingleOrDefaultAsync(cancellationToken);
}
