namespace FaceId.Domain.Users;

/// <summary>A person with an account; the root of the Users aggregate.</summary>
public sealed class User
{
    private User(string email, string name, string hashedPassword, Role role, bool isVerified, DateTimeOffset createdAt)
    {
        Email = email;
        Name = name;
        HashedPassword = hashedPassword;
        Role = role;
        IsActive = true;
        IsVerified = isVerified;
        CreatedAt = createdAt;
        UpdatedAt = createdAt;
    }

    public int Id { get; private set; }

    /// <summary>As <see cref="Users.Email"/> normalises it; a row written by plain SQL may hold capitals.</summary>
    public string Email { get; private set; }

    public string Name { get; private set; }

    public string HashedPassword { get; private set; }

    public Role Role { get; private set; }

    public bool IsActive { get; private set; }

    /// <summary>Whether the e-mail address is known to be the person's own.</summary>
    public bool IsVerified { get; private set; }

    public bool MfaEnabled { get; private set; }

    /// <summary>The shared secret of the authenticator app, sealed; a row of another program may hold it in plain base32.</summary>
    public string? MfaSecret { get; private set; }

    /// <summary>The secret of an app being set up, until a code has shown that it works.</summary>
    public string? MfaPendingSecret { get; private set; }

    /// <summary>The time step of the last code that was accepted: each is good once.</summary>
    public long? TotpLastStep { get; private set; }

    /// <summary>Whether the account can do nothing until a second factor is set up again.</summary>
    public bool MfaSetupRequired { get; private set; }

    /// <summary>Until when a password is good that somebody else chose for the person; null when it is their own.</summary>
    public DateTimeOffset? PasswordExpiresAt { get; private set; }

    public DateTimeOffset? LastSignInAt { get; private set; }

    public DateTimeOffset CreatedAt { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }

    /// <summary>An active account; administrators count towards <see cref="UserErrors.LastAdmin"/> only while active.</summary>
    public bool IsActiveAdmin => IsActive && Role == Role.Admin;

    /// <param name="passwordExpiresAt">Until when the password is good; null when its owner chose it.</param>
    public static User Create(
        Email email, PersonName name, string hashedPassword, Role role, bool isVerified, DateTimeOffset now, DateTimeOffset? passwordExpiresAt = null) =>
        new(email.Value, name.Value, hashedPassword, role, isVerified, now) { PasswordExpiresAt = passwordExpiresAt };

    /// <summary>Whether the password that somebody else chose is good no longer.</summary>
    public bool IsPasswordOver(DateTimeOffset now) => PasswordExpiresAt <= now;

    /// <summary>Changes the address; a new one is not verified until somebody proves or vouches for it.</summary>
    public void ChangeEmail(Email email, DateTimeOffset now)
    {
        if (string.Equals(Email, email.Value, StringComparison.OrdinalIgnoreCase))
        {
            return;
        }

        Email = email.Value;
        IsVerified = false;
        UpdatedAt = now;
    }

    public void Rename(PersonName name, DateTimeOffset now)
    {
        Name = name.Value;
        UpdatedAt = now;
    }

    /// <summary>Takes the password that the person chose themselves.</summary>
    /// <param name="expiresAt">Until when the password is good; null when its owner chose it.</param>
    public void ChangePassword(string hashedPassword, DateTimeOffset now, DateTimeOffset? expiresAt = null)
    {
        HashedPassword = hashedPassword;
        PasswordExpiresAt = expiresAt;
        UpdatedAt = now;
    }

    public void AssignRole(Role role, DateTimeOffset now)
    {
        Role = role;
        UpdatedAt = now;
    }

    public void SetVerified(bool verified, DateTimeOffset now)
    {
        IsVerified = verified;
        UpdatedAt = now;
    }

    public void SetActive(bool active, DateTimeOffset now)
    {
        IsActive = active;
        UpdatedAt = now;
    }

    public void RecordSignIn(DateTimeOffset now) => LastSignInAt = now;

    public void BeginTotp(string sealedSecret, DateTimeOffset now)
    {
        MfaPendingSecret = sealedSecret;
        UpdatedAt = now;
    }

    /// <summary>Makes the app being set up count from now on.</summary>
    /// <param name="step">The time step of the code that confirmed it, which is thereby used up.</param>
    public void ConfirmTotp(long step, DateTimeOffset now)
    {
        MfaSecret = MfaPendingSecret;
        MfaPendingSecret = null;
        TotpLastStep = step;
        RequireSecondFactor(now);
    }

    /// <summary>From now on a password alone does not sign in.</summary>
    public void RequireSecondFactor(DateTimeOffset now)
    {
        MfaEnabled = true;
        MfaSetupRequired = false;
        UpdatedAt = now;
    }

    /// <param name="setupRequired">Whether the account waits for a new second factor before it can be used.</param>
    public void DropSecondFactors(bool setupRequired, DateTimeOffset now)
    {
        MfaEnabled = false;
        MfaSecret = null;
        MfaPendingSecret = null;
        TotpLastStep = null;
        MfaSetupRequired = setupRequired;
        UpdatedAt = now;
    }
}
