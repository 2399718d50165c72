using ErrorOr;
using FaceId.Application.Common.Security;
using FaceId.Domain.Users;

namespace FaceId.Application.Users.SecondFactor;

/// <summary>
/// With <see cref="AccountOptions.MailedTokenAfterMfaReset"/>, whoever lost a second factor proves for the new one what they proved for the
/// first (ASVS 5.0, 6.4.4): beside the password, that they read the account's mail. Otherwise a thief of the password need only talk an
/// administrator into taking the second factor away.
/// </summary>
public sealed class MfaEnrolment(OneTimeTokens oneTimeTokens, AccountMails mails, AccountOptions options)
{
    /// <summary>Mails what an administrator did, and the token if one will be asked for, in the caller's transaction.</summary>
    public void TellOfReset(User user)
    {
        if (options.MailedTokenAfterMfaReset)
        {
            mails.MfaReset(user, oneTimeTokens.Issue(TokenPurpose.MfaEnrolment, user.Id, options.VerificationLifetime));
        }
        else
        {
            mails.MfaReset(user);
        }
    }

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
