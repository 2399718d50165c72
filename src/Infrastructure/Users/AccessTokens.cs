using System.Globalization;
using FaceId.Application.Users;
using FaceId.Domain.Users;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace FaceId.Infrastructure.Users;

/// <summary>
/// JSON web tokens that name an account and its session and nothing else: what they may do is asked of the session at every
/// request, so that a change of role or a deactivation counts at once.
/// </summary>
internal sealed class AccessTokens(SigningKeyRing keys, AccountOptions options, TimeProvider time) : IAccessTokens
{
    public const string Issuer = "faceid";

    private const string Generation = "gen";

    // Ours have about 350 characters.
    private const int MaxLength = 2048;

    private readonly JsonWebTokenHandler _handler = new() { SetDefaultTimesOnTokenCreation = false, MaximumTokenSizeInBytes = MaxLength };

    public async ValueTask<AccessToken> IssueAsync(Session session, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        var token = _handler.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = Issuer,
            Audience = Issuer,
            IssuedAt = now,
            NotBefore = now,
            Expires = now + options.AccessTokenLifetime,
            Claims = new Dictionary<string, object>
            {
                [JwtRegisteredClaimNames.Sub] = session.UserId.ToString(CultureInfo.InvariantCulture),
                [JwtRegisteredClaimNames.Sid] = session.Id.ToString("N"),
                [Generation] = session.Generation,
            },
            TokenType = "at+jwt",
            SigningCredentials = new SigningCredentials(await keys.CurrentAsync(cancellationToken), SecurityAlgorithms.HmacSha256),
        });
        return new AccessToken(token, options.AccessTokenLifetime);
    }

    public async ValueTask<TokenSubject?> ReadAsync(string token, CancellationToken cancellationToken)
    {
        if (token.Length > MaxLength || !_handler.CanReadToken(token))
        {
            return null;
        }

        JsonWebToken unproven;
        try
        {
            unproven = _handler.ReadJsonWebToken(token);
        }
        catch (Exception exception) when (exception is ArgumentException or SecurityTokenException)
        {
            return null;
        }

        if (string.IsNullOrEmpty(unproven.Kid) || await keys.FindAsync(unproven.Kid, cancellationToken) is not { } key)
        {
            return null;
        }

        var result = await _handler.ValidateTokenAsync(unproven, new TokenValidationParameters
        {
            ValidIssuer = Issuer,
            ValidAudience = Issuer,
            IssuerSigningKey = key,
            ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
            ValidTypes = ["at+jwt"],
            ClockSkew = TimeSpan.Zero,
            LifetimeValidator = (notBefore, expires, _, _) => IsNow(notBefore, expires),
        });
        return result.IsValid && result.SecurityToken is JsonWebToken proven
            && int.TryParse(proven.Subject, NumberStyles.None, CultureInfo.InvariantCulture, out var userId)
            && proven.TryGetPayloadValue<string>(JwtRegisteredClaimNames.Sid, out var sid) && Guid.TryParseExact(sid, "N", out var sessionId)
            && proven.TryGetPayloadValue<int>(Generation, out var generation)
                ? new TokenSubject(userId, sessionId, generation)
                : null;
    }

    private bool IsNow(DateTime? notBefore, DateTime? expires)
    {
        var now = time.GetUtcNow().UtcDateTime;

        // Another node's clock may be a little ahead.
        return expires > now && !(notBefore > now + TimeSpan.FromSeconds(5));
    }
}
