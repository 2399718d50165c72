namespace FaceId.Domain.Users;

/// <summary>Something that happened to the security of an account or the installation. Rows are only ever added; they outlive the person, unlinked.</summary>
public sealed record SecurityEvent
{
    public long Id { get; init; }

    public required SecurityEventKind Kind { get; init; }

    /// <summary>The account it happened to; null when it is unknown, erased, or none.</summary>
    public int? UserId { get; init; }

    /// <summary>The account that did it.</summary>
    public int? ActorId { get; init; }

    /// <summary>The API key that did it.</summary>
    public int? ApiKeyId { get; init; }

    public string? IpAddress { get; init; }

    public string? UserAgent { get; init; }

    /// <summary>What else there is to know, such as a role or a reason; no secrets, no addresses.</summary>
    public string? Detail { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }
}

public enum SecurityEventKind
{
    SignedIn,
    SignInFailed,
    SignInBlocked,
    SecondFactorFailed,
    SignedOut,
    SessionEnded,
    SessionsEnded,
    RefreshTokenReused,
    Registered,
    EmailVerified,
    EmailChangeRequested,
    EmailChanged,
    PasswordResetRequested,
    PasswordReset,
    PasswordChanged,
    MfaEnabled,
    MfaDisabled,
    MfaReset,
    RecoveryCodesIssued,
    RecoveryCodeUsed,
    PasskeyAdded,
    PasskeyRemoved,
    Proven,
    ProofFailed,
    UserCreated,
    UserChanged,
    RoleChanged,
    UserDeactivated,
    UserActivated,
    ApiKeyCreated,
    ApiKeyRevoked,
    ConsentGiven,
    ConsentWithdrawn,
    DataExported,
    UsersImported,
    UsersExported,
    UserErased,
    RetentionApplied,
    SigningKeyRotated,
    SettingsChanged,
    FaceUpgraded,

    /// <summary>Templates were made anew from kept photos.</summary>
    FacesReencoded,

    /// <summary>A face was enrolled although another person has it.</summary>
    DuplicateAllowed,

    /// <summary>Somebody known asked for what they may not.</summary>
    AccessRefused,
}
