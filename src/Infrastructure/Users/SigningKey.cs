namespace FaceId.Infrastructure.Users;

/// <summary>A key that access tokens are signed with, as stored: sealed by the master key.</summary>
internal sealed class SigningKey(string id, byte[] sealedKey, DateTimeOffset createdAt, DateTimeOffset activeFrom)
{
    /// <summary>The <c>kid</c> in the tokens' header.</summary>
    public string Id { get; private set; } = id;

    public byte[] SealedKey { get; private set; } = sealedKey;

    public DateTimeOffset CreatedAt { get; private set; } = createdAt;

    /// <summary>When it begins to sign; it verifies before, so that every node knows it in time.</summary>
    public DateTimeOffset ActiveFrom { get; private set; } = activeFrom;
}
