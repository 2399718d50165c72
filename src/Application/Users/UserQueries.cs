using FaceId.Domain.Users;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Users;

/// <summary>Questions that several use cases ask of the accounts.</summary>
internal static class UserQueries
{
#pragma warning disable CA1304, CA1311, CA1862 // Translated to lower(...) in SQL, where the server's culture has no say.
    /// <summary>The account with this address, in whatever case a foreign row holds it.</summary>
    public static IQueryable<User> WithEmail(this IQueryable<User> users, Email email) =>
        users.Where(user => user.Email.ToLower() == email.Value);

    /// <summary>The accounts with this text in their name or address, in any case.</summary>
    public static IQueryable<User> WithText(this IQueryable<User> users, string text)
    {
        var lower = text.ToLowerInvariant();
        return users.Where(user => user.Email.ToLower().Contains(lower) || user.Name.ToLower().Contains(lower));
    }
#pragma warning restore CA1304, CA1311, CA1862

    public static Task<bool> HasOtherAdminAsync(this IQueryable<User> users, int userId, CancellationToken cancellationToken) =>
        users.AnyAsync(user => user.Id != userId && user.IsActive && user.Role == Role.Admin, cancellationToken);
}
