using ErrorOr;
using FaceId.Domain.Users;

namespace FaceId.Application.Users;

/// <summary>
/// Hashes passwords slowly, off the request threads and only a few at a time, so that a flood of logins cannot starve recognition. When too
/// many wait already it refuses with <see cref="UserErrors.Busy"/>.
/// </summary>
public interface IPasswordHasher
{
    /// <exception cref="ArgumentException">The text is no Unicode; <see cref="PasswordPolicy"/> lets none such through.</exception>
    Task<ErrorOr<string>> HashAsync(string password, CancellationToken cancellationToken);

    /// <summary>Compares with a stored hash. A null hash, for an account that does not exist, takes as long and is false.</summary>
    Task<ErrorOr<bool>> VerifyAsync(string password, string? hash, CancellationToken cancellationToken);

    /// <summary>Whether a stored hash was made with less work than new ones are, or in a way that new ones are not.</summary>
    bool NeedsRehash(string hash);
}
