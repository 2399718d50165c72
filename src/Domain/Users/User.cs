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

    public string? MfaSecret { get; private set; }

    public DateTimeOffset CreatedAt { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }

    /// <summary>An active account; administrators count towards <see cref="UserErrors.LastAdmin"/> only while active.</summary>
    public bool IsActiveAdmin => IsActive && Role == Role.Admin;

    public static User Create(Email email, PersonName name, string hashedPassword, Role role, bool isVerified, DateTimeOffset now) =>
        new(email.Value, name.Value, hashedPassword, role, isVerified, now);

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

    public void ChangePassword(string hashedPassword, DateTimeOffset now)
    {
        HashedPassword = hashedPassword;
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
}
