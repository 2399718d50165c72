using System.Linq.Expressions;
using FaceId.Application.Common;
using FaceId.Domain.Users;

namespace FaceId.Application.Users;

/// <param name="IsVerified">Whether the e-mail address is known to be the person's own.</param>
/// <param name="Faces">How many faces are enrolled.</param>
public sealed record UserResponse(
    int Id,
    string Email,
    string Name,
    Role Role,
    bool IsActive,
    bool IsVerified,
    bool MfaEnabled,
    int Faces,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt)
{
    public static Expression<Func<User, UserResponse>> Projection(IFaceIdDb db) => user => new UserResponse(
        user.Id,
        user.Email,
        user.Name,
        user.Role,
        user.IsActive,
        user.IsVerified,
        user.MfaEnabled,
        db.Faces.Count(face => face.UserId == user.Id),
        user.CreatedAt,
        user.UpdatedAt);

    public static UserResponse From(User user, int faces) => new(
        user.Id, user.Email, user.Name, user.Role, user.IsActive, user.IsVerified, user.MfaEnabled, faces, user.CreatedAt, user.UpdatedAt);
}
