using System.Text.Json;
using FaceId.Domain.Users;

namespace FaceId.Application.Users.Passkeys;

/// <summary>
/// The ceremonies of WebAuthn: a challenge goes to the browser as the options of <c>navigator.credentials</c>, in JSON, and what the
/// browser makes of it is checked against the challenge, the server's own origin and the passkey's public key.
/// </summary>
public interface IPasskeyCeremonies
{
    /// <summary>For <c>navigator.credentials.create()</c>.</summary>
    /// <param name="existing">The ids of passkeys the person has; an authenticator that holds one makes no second one.</param>
    string BeginRegistration(User user, IReadOnlyList<byte[]> existing);

    /// <returns>Null when the credential is malformed or does not fit the challenge.</returns>
    Task<NewPasskey?> FinishRegistrationAsync(string challenge, JsonElement credential, CancellationToken cancellationToken);

    /// <summary>For <c>navigator.credentials.get()</c>.</summary>
    /// <param name="allowed">The ids of the passkeys that may answer; none means that the person may choose any.</param>
    string BeginAssertion(IReadOnlyList<byte[]> allowed);

    /// <returns>The id of the passkey that a credential says it comes from; null when it is malformed.</returns>
    byte[]? CredentialId(JsonElement credential);

    /// <returns>Null when the credential is malformed, does not fit the challenge, or was not signed by this passkey for its owner.</returns>
    Task<PasskeyAssertion?> FinishAssertionAsync(string challenge, JsonElement credential, Passkey passkey, CancellationToken cancellationToken);
}

/// <summary>What an authenticator says of a passkey that it made.</summary>
public sealed record NewPasskey(byte[] CredentialId, byte[] PublicKey, byte[] UserHandle, long SignCount, Guid Aaguid, bool IsBackedUp);

/// <summary>What an authenticator says beside its signature.</summary>
public sealed record PasskeyAssertion(long SignCount, bool IsBackedUp);
