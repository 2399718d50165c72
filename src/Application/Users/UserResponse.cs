using System.Linq.Expressions;
using FaceId.Domain.Users;

namespace FaceId.Application.Users;

/// <param name="IsVerified">Whether the e-mail address is known to be the person's own.</param>
public sealed record UserResponse(
    int Id,
    string Email,
    string Name,
    Role Role,
    bool IsActive,
    bool IsVerified,
    bool MfaEnabled,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt)
{
    public static readonly Expression<Func<User, UserResponse>> Projection = user => new UserResponse(
        user.Id,
        user.Email,
        user.Name,
        user.Role,
        user.IsActive,
        user.IsVerified,
        user.MfaEnabled,
        user.CreatedAt,
        user.UpdatedAt);

    public static UserResponse From(User user) => new(
        user.Id, user.Email, user.Name, user.Role, user.IsActive, user.IsVerified, user.MfaEnabled, user.CreatedAt, user.UpdatedAt);
}
