namespace FaceId.Application.Users;

/// <summary>How accounts behave, by the section <c>FaceId:Accounts</c>; every value has a default.</summary>
public sealed record AccountOptions
{
    /// <summary>Where people reach this server; mailed links begin with it, and passkeys belong to its host.</summary>
    public Uri PublicUrl { get; init; } = new("http://localhost:5080");

    public TimeSpan AccessTokenLifetime { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>A session that is not used for so long ends.</summary>
    public TimeSpan SessionIdleTimeout { get; init; } = TimeSpan.FromDays(7);

    /// <summary>A session ends after so long however busy it is (NIST SP 800-63B-4, AAL1: 30 days).</summary>
    public TimeSpan SessionLifetime { get; init; } = TimeSpan.FromDays(30);

    /// <summary>A browser's session that is not used for so long ends.</summary>
    public TimeSpan BrowserIdleTimeout { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long a mailed link verifies an address (NIST: 24 hours at most).</summary>
    public TimeSpan VerificationLifetime { get; init; } = TimeSpan.FromHours(24);

    public TimeSpan PasswordResetLifetime { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>How long the second step of a sign-in may take.</summary>
    public TimeSpan SecondFactorLifetime { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a proof of who somebody is counts for sensitive requests.</summary>
    public TimeSpan ProofLifetime { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long one key signs access tokens before the next one does.</summary>
    public TimeSpan SigningKeyLifetime { get; init; } = TimeSpan.FromDays(30);

    /// <summary>Whose consent must be on record before a face is enrolled.</summary>
    public ConsentRule RequireConsent { get; init; } = ConsentRule.Self;

    /// <summary>Names the consent text in force; people who agreed to another are asked again.</summary>
    public string ConsentVersion { get; init; } = "1";

    /// <summary>What people agree to.</summary>
    public string ConsentText { get; init; } =
        "I agree that this service computes a mathematical template of my face from the photos I send and stores it, encrypted, to "
        + "recognise me. The photos are not kept. I can withdraw this at any time; my templates are then erased.";
}

public enum ConsentRule
{
    /// <summary>Who enrols their own face must have agreed; an operator or program vouches by enrolling.</summary>
    Self,

    /// <summary>A consent must be on record whoever enrols.</summary>
    All,

    /// <summary>Nobody is asked.</summary>
    Off,
}
