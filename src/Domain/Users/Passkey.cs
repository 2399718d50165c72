using ErrorOr;
using FaceId.Domain.Common;

namespace FaceId.Domain.Users;

/// <summary>A public key (WebAuthn) of an authenticator that a person signs in with.</summary>
public sealed class Passkey
{
    public const int MaxNameLength = 100;

    /// <summary>How many one person may have.</summary>
    public const int MaxPerUser = 20;

    private Passkey(
        int userId, string name, byte[] credentialId, byte[] publicKey, byte[]? userHandle, long signCount, Guid aaguid, bool isBackedUp, DateTimeOffset createdAt)
    {
        UserId = userId;
        Name = name;
        CredentialId = credentialId;
        PublicKey = publicKey;
        UserHandle = userHandle;
        SignCount = signCount;
        Aaguid = aaguid;
        IsBackedUp = isBackedUp;
        CreatedAt = createdAt;
    }

    public int Id { get; private set; }

    public int UserId { get; private set; }

    public string Name { get; private set; }

    public byte[] CredentialId { get; private set; }

    /// <summary>As COSE (RFC 9052).</summary>
    public byte[] PublicKey { get; private set; }

    /// <summary>What the authenticator knows the owner by; null for a passkey from before it was kept.</summary>
    public byte[]? UserHandle { get; private set; }

    /// <summary>The authenticator's own count of its signatures; one that goes back tells of a copy. Always 0 for synced passkeys.</summary>
    public long SignCount { get; private set; }

    /// <summary>The authenticator's model.</summary>
    public Guid Aaguid { get; private set; }

    public bool IsBackedUp { get; private set; }

    public DateTimeOffset CreatedAt { get; private set; }

    public DateTimeOffset? LastUsedAt { get; private set; }

    public static Passkey Register(
        int userId, string name, byte[] credentialId, byte[] publicKey, byte[] userHandle, long signCount, Guid aaguid, bool isBackedUp, DateTimeOffset now) =>
        new(userId, name, credentialId, publicKey, userHandle, signCount, aaguid, isBackedUp, now);

    public static ErrorOr<string> ParseName(string? text)
    {
        var trimmed = text?.Trim() ?? "";
        return trimmed.Length is > 0 and <= MaxNameLength && !trimmed.Any(char.IsControl)
            ? trimmed
            : Invalid.Field("name", $"Give the passkey a name of 1 to {MaxNameLength} characters on one line.");
    }

    /// <summary>Notes that the passkey signed in.</summary>
    /// <returns>False when an authenticator that counts its signatures did not count on: there is a copy of it (WebAuthn, 7.2).</returns>
    public bool TryUse(long signCount, bool isBackedUp, DateTimeOffset now)
    {
        if ((signCount != 0 || SignCount != 0) && signCount <= SignCount)
        {
            return false;
        }

        SignCount = signCount;
        IsBackedUp = isBackedUp;
        LastUsedAt = now;
        return true;
    }
}
