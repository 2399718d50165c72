using System.Security.Cryptography;
using ErrorOr;
using FaceId.Application.Common;
using FaceId.Domain.Users;

namespace FaceId.Application.Users;

/// <summary>The one way an account comes into being, however it is asked for.</summary>
public sealed class UserCreation(IFaceIdDb db, IPasswordHasher hasher, TimeProvider time)
{
    /// <param name="password">Null for an account that nobody can sign in to until a password is set.</param>
    public async Task<ErrorOr<UserResponse>> CreateAsync(
        string? email, string? name, string? password, Role role, bool verified, CancellationToken cancellationToken)
    {
        var parsedEmail = Email.Parse(email);
        var parsedName = PersonName.Parse(name);
        if (parsedEmail.IsError || parsedName.IsError)
        {
            return (List<Error>)[.. parsedEmail.ErrorsOrEmptyList, .. parsedName.ErrorsOrEmptyList];
        }

        var hash = await hasher.HashAsync(password ?? RandomNumberGenerator.GetHexString(64), cancellationToken);
        if (hash.IsError)
        {
            return hash.Errors;
        }

        var user = User.Create(parsedEmail.Value, parsedName.Value, hash.Value, role, verified, time.GetUtcNow());
        db.Users.Add(user);
        return await db.TrySaveUniqueAsync(cancellationToken)
            ? UserResponse.From(user)
            : UserErrors.EmailTaken;
    }
}
