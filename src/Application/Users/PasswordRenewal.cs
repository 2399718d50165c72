using FaceId.Application.Common;
using FaceId.Domain.Users;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Users;

/// <summary>Brings an old hash up to today's cost while the password is at hand, which is only right after it was verified.</summary>
public sealed class PasswordRenewal(IFaceIdDb db, IPasswordHasher hasher)
{
    /// <summary>
    /// Stores a new hash if the old one is outdated. A password that was changed meanwhile stays changed, and when the server is busy
    /// the next sign-in does it.
    /// </summary>
    /// <returns>The hash that the account has now.</returns>
    public async Task<string> RenewAsync(User user, string password, CancellationToken cancellationToken)
    {
        var (id, old) = (user.Id, user.HashedPassword);
        if (!hasher.NeedsRehash(old))
        {
            return old;
        }

        var renewed = await hasher.HashAsync(password, cancellationToken);
        if (renewed.IsError)
        {
            return old;
        }

        var hash = renewed.Value;
        var stored = await db.Users
            .Where(row => row.Id == id && row.HashedPassword == old)
            .ExecuteUpdateAsync(row => row.SetProperty(columns => columns.HashedPassword, hash), cancellationToken);
        return stored == 1 ? hash : old;
    }
}
