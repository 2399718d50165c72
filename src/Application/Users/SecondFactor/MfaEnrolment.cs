using ErrorOr;
using FaceId.Application.Common.Security;
using FaceId.Domain.Users;

namespace FaceId.Application.Users.SecondFactor;

/// <summary>
/// Whoever lost a second factor proves for the new one what they proved for the first (ASVS 5.0, 6.4.4): beside the password, that they
/// read the account's mail. Otherwise a thief of the password need only ask an administrator to take the second factor away.
/// </summary>
public sealed class MfaEnrolment(OneTimeTokens oneTimeTokens, AccountOptions options)
{
    /// <summary>Adds the token to what will be saved.</summary>
    public string IssueToken(int userId) => oneTimeTokens.Issue(TokenPurpose.MfaEnrolment, userId, options.VerificationLifetime);

    /// <summary>Uses the token up if the account needs one to set up a second factor, in the caller's transaction.</summary>
    public async Task<ErrorOr<Success>> CheckAsync(User user, string? token, CancellationToken cancellationToken)
    {
        if (!user.MfaSetupRequired || !options.MailedTokenAfterMfaReset)
        {
            return Result.Success;
        }

        if (string.IsNullOrEmpty(token))
        {
            return SecurityErrors.MailedTokenRequired;
        }

        var mailed = await oneTimeTokens.FindAsync(token, cancellationToken, TokenPurpose.MfaEnrolment);
        return mailed?.UserId == user.Id && await oneTimeTokens.TakeAsync(mailed, cancellationToken) ? Result.Success : UserErrors.InvalidToken;
    }
}
