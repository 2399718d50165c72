namespace FaceId.Domain.Users;

/// <summary>What a mail tells. In brackets the values that its text needs; the time of the event is known to all.</summary>
public enum MailKind
{
    /// <summary>To an address nobody has proven yet [link, token, hours].</summary>
    VerifyEmail,

    /// <summary>To the owner of an account whose address somebody tried to register again.</summary>
    AddressAlreadyRegistered,

    /// <summary>[link, token, minutes].</summary>
    ResetPassword,

    /// <summary>To the new address, which nobody has proven yet [link, token, hours].</summary>
    EmailChangeRequested,

    /// <summary>To the old address, while the new one is not proven yet.</summary>
    EmailChangeNotice,

    /// <summary>To the old address, once the new one is proven.</summary>
    EmailChanged,

    PasswordChanged,

    /// <summary>[device, ip].</summary>
    NewSignIn,

    MfaEnabled,

    MfaDisabled,

    /// <summary>By an administrator.</summary>
    MfaReset,

    /// <summary>By an administrator, where a new one takes a mailed token [token, hours].</summary>
    MfaResetWithToken,

    /// <summary>[left].</summary>
    RecoveryCodeUsed,

    RecoveryCodesReissued,

    /// <summary>[name].</summary>
    PasskeyAdded,

    /// <summary>[name].</summary>
    PasskeyRemoved,

    /// <summary>A refresh token was used a second time.</summary>
    SessionsRevoked,

    /// <summary>[role].</summary>
    RoleChanged,

    AccountDisabled,

    /// <summary>[id, receipt].</summary>
    AccountErased,

    /// <summary>[name, prefix].</summary>
    ApiKeyCreated,

    ConsentWithdrawn,

    /// <summary>[days].</summary>
    InactiveAccountWarning,
}
