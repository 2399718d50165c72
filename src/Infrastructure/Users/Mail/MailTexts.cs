using FaceId.Domain.Users;

namespace FaceId.Infrastructure.Users.Mail;

/// <summary>
/// What the mails say, in the form that <see cref="MailRenderer"/> reads: what happened and when, and what to do if it was somebody
/// else. Subjects hold no values, so nothing can be smuggled into a header.
/// </summary>
internal static class MailTexts
{
    private const string IfNotYou =
        "If that was not you, somebody else can use your account: set a new password by \"forgot password\", which ends all sessions, and tell your administrator.";

    /// <summary>Strangers may be given as recipients of these, so they carry no words of whoever asked for them.</summary>
    public static bool IsToUnprovenAddress(MailKind kind) => kind is MailKind.VerifyEmail or MailKind.EmailChangeRequested;

    public static (string Subject, string Body) Of(MailKind kind) => kind switch
    {
        MailKind.VerifyEmail => ("Confirm your e-mail address", """
            Somebody made an account at FaceId with this address ({time}). If that was you, confirm within {hours} hours that the address is yours:

            {link}

            Or enter this code where you are asked for it:

            {token}

            If it was not you, do nothing: the account cannot be used without this.
            """),

        MailKind.AddressAlreadyRegistered => ("You already have an account", """
            Somebody tried to make an account at FaceId with your address ({time}). You have one already, and nothing was changed.

            If that was you, sign in; if you do not know your password any more, choose "forgot password" there.

            If it was not you, there is nothing to do: they did not learn that you have an account.
            """),

        MailKind.ResetPassword => ("Set a new password", """
            Somebody asked to set a new password for your account ({time}). If that was you, do so within {minutes} minutes:

            {link}

            Or enter this code where you are asked for it:

            {token}

            If it was not you, do nothing: your password stays as it is. Give the code to nobody.
            """),

        MailKind.EmailChangeRequested => ("Confirm your new e-mail address", """
            Somebody wants to use this address for their account at FaceId ({time}). If that was you, confirm within {hours} hours that it is yours:

            {link}

            Or enter this code where you are asked for it:

            {token}

            If it was not you, do nothing: the address is not used without this.
            """),

        MailKind.EmailChangeNotice => ("Your e-mail address is about to change", $$"""
            Another e-mail address was given for your account ({time}). It takes the place of this one as soon as it is confirmed.

            {{IfNotYou}}
            """),

        MailKind.EmailChanged => ("Your e-mail address was changed", """
            Your account now has another e-mail address ({time}). This is the last mail to the old one.

            If that was not you, tell your administrator at once: you can no longer set a new password by this address.
            """),

        MailKind.PasswordChanged => ("Your password was changed", $$"""
            The password of your account was changed ({time}). All other sessions have ended.

            {{IfNotYou}}
            """),

        MailKind.NewSignIn => ("New sign-in to your account", $$"""
            Somebody signed in to your account from a device that it does not know ({time}): {device}, from the address {ip}.

            {{IfNotYou}}
            """),

        MailKind.MfaEnabled => ("Two-step sign-in is on", $$"""
            Your account now asks for a second factor when you sign in ({time}). Keep the recovery codes where you find them without your phone.

            {{IfNotYou}}
            """),

        MailKind.MfaDisabled => ("Two-step sign-in is off", $$"""
            Your account no longer asks for a second factor ({time}): the password alone opens it.

            {{IfNotYou}}
            """),

        MailKind.MfaReset => ("Your second factor was removed", """
            An administrator removed the second factor of your account ({time}). Set it up again the next time you sign in; the old codes, passkeys and recovery codes no longer work.

            If you did not ask for that, tell your administrator, by another way than this mail.
            """),

        MailKind.MfaResetWithToken => ("Your second factor was removed", """
            An administrator removed the second factor of your account ({time}). The old codes, passkeys and recovery codes no longer work. Sign in and set up a new one within {hours} hours; you will be asked for this code:

            {token}

            Give the code to nobody. If you did not ask for that, tell your administrator, by another way than this mail.
            """),

        MailKind.RecoveryCodeUsed => ("A recovery code was used", $$"""
            Somebody signed in to your account with one of its recovery codes ({time}). Codes left: {left}. You can make new ones in your account.

            {{IfNotYou}}
            """),

        MailKind.RecoveryCodesReissued => ("New recovery codes", $$"""
            New recovery codes were made for your account ({time}). The old ones no longer work.

            {{IfNotYou}}
            """),

        MailKind.PasskeyAdded => ("A passkey was added", $$"""
            The passkey "{name}" can now sign in to your account ({time}).

            {{IfNotYou}}
            """),

        MailKind.PasskeyRemoved => ("A passkey was removed", $$"""
            The passkey "{name}" can no longer sign in to your account ({time}).

            {{IfNotYou}}
            """),

        MailKind.SessionsRevoked => ("A session was ended for safety", """
            The key of one of your sessions was used twice ({time}), which happens when somebody copied it. That session has ended on all devices; sign in again.

            If this happens again, or you see sign-ins that are not yours, set a new password and tell your administrator.
            """),

        MailKind.RoleChanged => ("Your role was changed", """
            An administrator changed what your account may do ({time}). Your role is now: {role}. You have to sign in again.

            If you did not expect that, ask your administrator.
            """),

        MailKind.AccountDisabled => ("Your account was deactivated", """
            Your account was deactivated ({time}). All sessions have ended, and nobody can sign in to it.

            If you did not expect that, ask your administrator.
            """),

        MailKind.AccountErased => ("Your account was erased", """
            Your account and all that was kept of you is erased ({time}): enrolled faces, photos, sessions and keys. The receipt has the number {id}:

            {receipt}

            Keep this mail if you may want to show what was erased. If you did not ask for that, tell the administrator: it cannot be undone.
            """),

        MailKind.ApiKeyCreated => ("An API key was made", $$"""
            The API key "{name}" was made in your account ({time}). It begins with {prefix}. Programs that have it can act for you.

            {{IfNotYou}} Revoke the key as well.
            """),

        MailKind.ConsentWithdrawn => ("Your consent was withdrawn", """
            Your consent to face recognition was withdrawn ({time}), and your enrolled faces are erased. Your account stays.

            If that was not you, tell your administrator; you can consent and enrol again at any time.
            """),

        MailKind.InactiveAccountWarning => ("Your account will be erased", """
            Your account has not been used for long ({time}). It will be erased in {days} days, with all that is kept of you.

            If you want to keep it, sign in once before that. Otherwise there is nothing to do.
            """),

        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "A mail without a text."),
    };
}
