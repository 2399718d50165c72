using System.Text.Json.Serialization;

namespace FaceId.Application.Users.SignIn;

/// <summary>What a sign-in comes to: tokens, a browser's session, or the question for a second factor.</summary>
/// <param name="DeviceToken">Send it with the next login from this device; it keeps strangers' failed attempts from slowing yours.</param>
/// <param name="MfaToken">Send it to POST /auth/mfa with a code.</param>
/// <param name="Methods">The second factors that this account has.</param>
/// <param name="PasskeyOptions">What the browser's navigator.credentials.get() takes, when the account has a passkey.</param>
public sealed record SignInResponse(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? DeviceToken = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? MfaRequired = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? MfaToken = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<SecondFactorMethod>? Methods = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] System.Text.Json.JsonElement? PasskeyOptions = null)
    : SessionTokens
{
    public SignInResponse(SessionTokens tokens, string? deviceToken = null)
        : this(deviceToken) =>
        (AccessToken, RefreshToken, ExpiresIn, TokenType, Cookie) = (tokens.AccessToken, tokens.RefreshToken, tokens.ExpiresIn, tokens.TokenType, tokens.Cookie);
}

public enum SecondFactorMethod
{
    Totp,
    Recovery,
    Passkey,
}
