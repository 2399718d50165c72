using FaceId.Application.Faces;
using FaceId.Domain.Users;

namespace FaceId.Application.Users;

/// <summary>How accounts behave, by the section <c>FaceId:Accounts</c>; every value has a default.</summary>
public sealed record AccountOptions
{
    private const string NotKept = "The photos are not kept.";

    /// <summary>Where people reach this server; mailed links begin with it, and passkeys belong to its host.</summary>
    public Uri PublicUrl { get; init; } = new("http://localhost:5080");

    public TimeSpan AccessTokenLifetime { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>A session that is not used for so long ends.</summary>
    public TimeSpan SessionIdleTimeout { get; init; } = TimeSpan.FromDays(7);

    /// <summary>A session ends after so long however busy it is (NIST SP 800-63B-4, AAL1: 30 days).</summary>
    public TimeSpan SessionLifetime { get; init; } = TimeSpan.FromDays(30);

    /// <summary>A browser's session that is not used for so long ends.</summary>
    public TimeSpan BrowserIdleTimeout { get; init; } = TimeSpan.FromHours(1);

    /// <summary>A session of an operator or administrator, who reach other people's data, that is not used for so long ends (NIST, AAL2: 1 hour).</summary>
    public TimeSpan StaffIdleTimeout { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Their session ends after so long however busy it is (NIST, AAL2: 24 hours).</summary>
    public TimeSpan StaffSessionLifetime { get; init; } = TimeSpan.FromHours(12);

    /// <summary>How many sessions an account has at once; at one more the one longest unused ends.</summary>
    public int MaxSessions { get; init; } = 50;

    /// <summary>How long a mailed link verifies an address (NIST: 24 hours at most).</summary>
    public TimeSpan VerificationLifetime { get; init; } = TimeSpan.FromHours(24);

    public TimeSpan PasswordResetLifetime { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>How long a password is good that the server made up, or, with <see cref="ReplaceGivenPasswords"/>, that somebody else chose.</summary>
    public TimeSpan InitialPasswordLifetime { get; init; } = TimeSpan.FromDays(7);

    /// <summary>How long the second step of a sign-in may take.</summary>
    public TimeSpan SecondFactorLifetime { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a proof of who somebody is counts for sensitive requests.</summary>
    public TimeSpan ProofLifetime { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Whether all that a password does which somebody else chose, for the time that it is good, is to let its owner choose another.</summary>
    public bool ReplaceGivenPasswords { get; init; }

    /// <summary>Whether a proof of who somebody is gives their session new tokens, and those before are refused. Cookies are always replaced.</summary>
    public bool NewTokensAtProof { get; init; }

    /// <summary>Whether a second factor that an administrator took away is replaced only with a token mailed to the person.</summary>
    public bool MailedTokenAfterMfaReset { get; init; }

    /// <summary>How many steps of 30 seconds a code of an authenticator app may be early or late: 1 for clocks that differ, or 0.</summary>
    public int TotpWindow { get; init; } = 1;

    /// <summary>How long one key signs access tokens before the next one does.</summary>
    public TimeSpan SigningKeyLifetime { get; init; } = TimeSpan.FromDays(30);

    /// <summary>Who must have a second factor; without one they can do nothing but set one up.</summary>
    public MfaRule RequireMfa { get; init; } = MfaRule.Off;

    /// <summary>Whose consent must be on record before a face is enrolled.</summary>
    public ConsentRule RequireConsent { get; init; } = ConsentRule.Self;

    /// <summary>Names the consent text in force; people who agreed to another are asked again.</summary>
    public string ConsentVersion { get; init; } = "1";

    /// <summary>What people agree to.</summary>
    public string ConsentText { get; init; } =
        "I agree that this service computes a mathematical template of my face from the photos I send and stores it, encrypted, to "
        + $"recognise me. {NotKept} I can withdraw this at any time; my templates are then erased.";

    /// <summary>The same where photos are kept: the text says so, whoever wrote it, and is another version, so that everybody is asked anew.</summary>
    public AccountOptions Keeping(KeepImages images) => images switch
    {
        KeepImages.Off => this,
        KeepImages.Aligned => Saying("aligned", "Of each photo that I enrol, my face is cut out and stored too, encrypted, so that the template can be made anew; it is erased with the template."),
        KeepImages.Original => Saying("original", "Each photo that I enrol is stored too, encrypted, so that the template can be made anew; it is erased with the template."),
        _ => throw new ArgumentOutOfRangeException(nameof(images), images, "An unknown setting."),
    };

    /// <summary>After how long without use a session of this role ends.</summary>
    public TimeSpan IdleTimeout(Role role, bool browser)
    {
        var timeout = browser ? BrowserIdleTimeout : SessionIdleTimeout;
        return role > Role.User && StaffIdleTimeout < timeout ? StaffIdleTimeout : timeout;
    }

    /// <summary>How long a session of this role lasts at most.</summary>
    public TimeSpan Lifetime(Role role) => role > Role.User && StaffSessionLifetime < SessionLifetime ? StaffSessionLifetime : SessionLifetime;

    private AccountOptions Saying(string setting, string sentence) => this with
    {
        ConsentVersion = $"{ConsentVersion}-{setting}",
        ConsentText = ConsentText.Contains(NotKept, StringComparison.Ordinal) ? ConsentText.Replace(NotKept, sentence, StringComparison.Ordinal) : $"{ConsentText} {sentence}",
    };

    /// <summary>Whether this role must have a second factor.</summary>
    public bool RequiresMfa(Role role) => RequireMfa == MfaRule.All || (RequireMfa == MfaRule.Staff && role > Role.User);
}

public enum MfaRule
{
    /// <summary>Nobody; everybody may.</summary>
    Off,

    /// <summary>Operators and administrators.</summary>
    Staff,

    /// <summary>Everybody.</summary>
    All,
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
