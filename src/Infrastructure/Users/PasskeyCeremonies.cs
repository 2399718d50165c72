using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;
using FaceId.Application.Users;
using FaceId.Application.Users.Passkeys;
using FaceId.Domain.Users;
using FaceId.Infrastructure.Configuration;
using Fido2NetLib;
using Fido2NetLib.Objects;
using Microsoft.Extensions.Logging;

namespace FaceId.Infrastructure.Users;

/// <summary>
/// WebAuthn by Fido2. Passkeys belong to the host of the server's public address, and only pages of that address may ask for them; what a
/// request's Host header says does not matter. Who made the authenticator is not asked.
/// </summary>
internal sealed partial class PasskeyCeremonies(AccountOptions options, MasterKeys masterKeys, ILogger<PasskeyCeremonies> logger) : IPasskeyCeremonies
{
    private const int HandleBytes = 32;

    // No RSA with PKCS #1 v1.5 padding (ASVS 5.0, 11.6.1).
    private static readonly PubKeyCredParam[] Algorithms =
    [
        new(COSE.Algorithm.ES256), new(COSE.Algorithm.EdDSA), new(COSE.Algorithm.ES384), new(COSE.Algorithm.ES512), new(COSE.Algorithm.PS256),
    ];

    private readonly Fido2 _fido = new(new Fido2Configuration
    {
        ServerDomain = options.PublicUrl.IdnHost,
        ServerName = "FaceId",
        Origins = new HashSet<string> { options.PublicUrl.GetLeftPart(UriPartial.Authority) },
        Timeout = (uint)PasskeyChallenge.Lifetime.TotalMilliseconds,
    });

    public string BeginRegistration(User user, IReadOnlyList<byte[]> existing) => _fido.RequestNewCredential(new RequestNewCredentialParams
    {
        User = new Fido2User { Id = Handle(masterKeys.Current, user.Id), Name = user.Email, DisplayName = user.Name },
        ExcludeCredentials = Descriptors(existing),
        PubKeyCredParams = Algorithms,
        AttestationPreference = AttestationConveyancePreference.None,
        AuthenticatorSelection = new AuthenticatorSelection
        {
            ResidentKey = ResidentKeyRequirement.Required,
            UserVerification = UserVerificationRequirement.Required,
        },
    }).ToJson();

    public async Task<NewPasskey?> FinishRegistrationAsync(string challenge, JsonElement credential, CancellationToken cancellationToken)
    {
        try
        {
            var (id, sent) = Parse(credential);
            var made = await _fido.MakeNewCredentialAsync(
                new MakeNewCredentialParams
                {
                    AttestationResponse = new AuthenticatorAttestationRawResponse
                    {
                        Id = Base64Url.EncodeToString(id),
                        RawId = id,
                        Type = PublicKeyCredentialType.PublicKey,
                        ClientExtensionResults = new AuthenticationExtensionsClientOutputs(),
                        Response = new AuthenticatorAttestationRawResponse.AttestationResponse
                        {
                            AttestationObject = Bytes(sent.AttestationObject),
                            ClientDataJson = ClientData(sent),
                            Transports = [],
                        },
                    },
                    OriginalOptions = CredentialCreateOptions.FromJson(challenge),

                    // The database's unique index decides.
                    IsCredentialIdUniqueToUserCallback = (_, _) => Task.FromResult(true),
                },
                cancellationToken);
            return new NewPasskey(made.Id, made.PublicKey, made.User.Id, made.SignCount, made.AaGuid, made.IsBackedUp);
        }
        catch (Exception exception) when (IsRefusal(exception))
        {
            LogRefused(logger, "registration", exception);
            return null;
        }
    }

    public string BeginAssertion(IReadOnlyList<byte[]> allowed) => _fido.GetAssertionOptions(new GetAssertionOptionsParams
    {
        AllowedCredentials = Descriptors(allowed),
        UserVerification = UserVerificationRequirement.Required,
    }).ToJson();

    public byte[]? CredentialId(JsonElement credential)
    {
        try
        {
            return Parse(credential).Id;
        }
        catch (Exception exception) when (exception is JsonException or FormatException)
        {
            return null;
        }
    }

    public async Task<PasskeyAssertion?> FinishAssertionAsync(
        string challenge, JsonElement credential, Passkey passkey, CancellationToken cancellationToken)
    {
        try
        {
            var (id, sent) = Parse(credential);
            var asked = AssertionOptions.FromJson(challenge);
            if (asked.AllowCredentials is not { Count: > 0 } && sent.UserHandle is null)
            {
                throw new FormatException("A passkey that the person chose says whose it is.");
            }

            var verified = await _fido.MakeAssertionAsync(
                new MakeAssertionParams
                {
                    AssertionResponse = new AuthenticatorAssertionRawResponse
                    {
                        Id = Base64Url.EncodeToString(id),
                        RawId = id,
                        Type = PublicKeyCredentialType.PublicKey,
                        ClientExtensionResults = new AuthenticationExtensionsClientOutputs(),
                        Response = new AuthenticatorAssertionRawResponse.AssertionResponse
                        {
                            AuthenticatorData = Bytes(sent.AuthenticatorData),
                            Signature = Bytes(sent.Signature),
                            ClientDataJson = ClientData(sent),
                            UserHandle = sent.UserHandle is null ? null : Bytes(sent.UserHandle),
                        },
                    },
                    OriginalOptions = asked,
                    StoredPublicKey = passkey.PublicKey,

                    // The passkey itself compares the counts.
                    StoredSignatureCounter = 0,
                    IsUserHandleOwnerOfCredentialIdCallback = (claim, _) => Task.FromResult(IsOwner(claim.UserHandle, passkey)),
                },
                cancellationToken);
            return new PasskeyAssertion(verified.SignCount, verified.IsBackedUp);
        }
        catch (Exception exception) when (IsRefusal(exception))
        {
            LogRefused(logger, "assertion", exception);
            return null;
        }
    }

    /// <summary>
    /// Nothing is asked of the database or the network within a ceremony, so whatever the library throws there comes of the bytes it was
    /// given; malformed CBOR, keys and structures show as exceptions of many kinds.
    /// </summary>
    private static bool IsRefusal(Exception exception) => exception is not (OperationCanceledException or OutOfMemoryException);

    /// <summary>What an authenticator keeps as the owner's id: of no use without the master key, and says nothing about the person.</summary>
    internal static byte[] Handle(MasterKey masterKey, int userId) =>
        masterKey.Derive(string.Create(CultureInfo.InvariantCulture, $"users/passkey-handle/v1/{userId}"), HandleBytes);

    private bool IsOwner(byte[] handle, Passkey passkey) => passkey.UserHandle is { } kept
        ? handle.AsSpan().SequenceEqual(kept)
        : masterKeys.All.Any(key => handle.AsSpan().SequenceEqual(Handle(key, passkey.UserId)));

    private static PublicKeyCredentialDescriptor[] Descriptors(IReadOnlyList<byte[]> ids) => [.. ids.Select(id => new PublicKeyCredentialDescriptor(id))];

    private static (byte[] Id, SentResponse Response) Parse(JsonElement credential)
    {
        var sent = credential.Deserialize<SentCredential>(JsonSerializerOptions.Web);
        return sent is { Type: "public-key", Response: { } response }
            ? (Bytes(sent.Id), response)
            : throw new FormatException("Not a public-key credential.");
    }

    private static byte[] Bytes(string? text) => Base64Url.DecodeFromChars(text ?? throw new FormatException("A part of the credential is missing."));

    /// <summary>What the browser says of the page that asked; one inside a frame of another site is not ours, whatever its own address is.</summary>
    private static byte[] ClientData(SentResponse sent)
    {
        var bytes = Bytes(sent.ClientDataJson);
        return JsonSerializer.Deserialize<CollectedData>(bytes, JsonSerializerOptions.Web) is { CrossOrigin: false }
            ? bytes
            : throw new FormatException("Asked for within a frame of another site.");
    }

    [LoggerMessage(EventId = 240, Level = LogLevel.Debug, Message = "Passkey {Ceremony} refused")]
    private static partial void LogRefused(ILogger logger, string ceremony, Exception refusal);

    /// <summary>A PublicKeyCredential as browsers write it (toJSON); other members are of no interest here.</summary>
    private sealed record SentCredential(string? Id, string? Type, SentResponse? Response);

    private sealed record SentResponse(
        string? ClientDataJson, string? AttestationObject, string? AuthenticatorData, string? Signature, string? UserHandle);

    private sealed record CollectedData(bool CrossOrigin = false);
}
