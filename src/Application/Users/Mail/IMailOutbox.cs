namespace FaceId.Application.Users.Mail;

public interface IMailOutbox
{
    void Queue(Mail mail);
}

public sealed record Mail(
    MailKind Kind, string DedupeKey, int? UserId, string Recipient, string RecipientName, IReadOnlyDictionary<string, string> Values);

public enum MailKind
{
    VerifyEmail, AddressAlreadyRegistered, ResetPassword, EmailChangeRequested, EmailChangeNotice, EmailChanged, PasswordChanged, NewSignIn,
    MfaEnabled, MfaDisabled, MfaReset, RecoveryCodeUsed, RecoveryCodesReissued, PasskeyAdded, PasskeyRemoved, SessionsRevoked, RoleChanged,
    AccountDisabled, AccountErased, ApiKeyCreated, ConsentWithdrawn, InactiveAccountWarning,
}
