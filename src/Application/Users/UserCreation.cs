using System.Security.Cryptography;
using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Users.SecurityEvents;
using FaceId.Domain.Users;

namespace FaceId.Application.Users;

/// <summary>The one way an account comes into being, however it is asked for. One that is not verified gets the mail that verifies it.</summary>
public sealed class UserCreation(
    IFaceIdDb db,
    IPasswordHasher hasher,
    OneTimeTokens oneTimeTokens,
    AccountMails mails,
    SecurityLog log,
    AccountOptions options,
    TimeProvider time)
{
    /// <summary>Makes the account, not yet saved; takes as long as hashing a password does.</summary>
    /// <param name="password">Null for an account that nobody can sign in to until a password is set.</param>
    /// <param name="isGiven">Whether the password is to be replaced: it is good for a few days only.</param>
    /// <returns>Or <see cref="UserErrors.Busy"/>.</returns>
    public async Task<ErrorOr<User>> PrepareAsync(
        Email email, PersonName name, string? password, Role role, bool verified, bool isGiven, CancellationToken cancellationToken)
    {
        var hash = await hasher.HashAsync(password ?? RandomNumberGenerator.GetHexString(64), cancellationToken);
        var now = time.GetUtcNow();
        DateTimeOffset? expires = isGiven && password is not null ? now + options.InitialPasswordLifetime : null;
        return hash.Then(value => User.Create(email, name, value, role, verified, now, expires));
    }

    /// <summary>Saves the account and the mail that goes with it, in the caller's transaction.</summary>
    /// <returns>False when another account has the address.</returns>
    public async Task<bool> SaveAsync(User user, SecurityEventKind kind, CancellationToken cancellationToken)
    {
        db.Users.Add(user);
        if (!await db.TrySaveUniqueAsync(cancellationToken))
        {
            return false;
        }

        if (!user.IsVerified)
        {
            mails.VerifyEmail(user, oneTimeTokens.Issue(TokenPurpose.VerifyEmail, user.Id, options.VerificationLifetime));
        }

        log.Add(kind, user.Id, user.Role.ToString().ToLowerInvariant());
        await db.SaveChangesAsync(cancellationToken);
        return true;
    }
}
