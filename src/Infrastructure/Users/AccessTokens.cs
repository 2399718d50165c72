using System.Globalization;
using FaceId.Application.Users;
using FaceId.Domain.Users;
using FaceId.Infrastructure.Configuration;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace FaceId.Infrastructure.Users;

/// <summary>
/// JSON web tokens that say who the caller is and nothing else: what they may do is asked of the database at every request, so
/// that a change of role or a deactivation counts at once.
/// </summary>
public sealed class AccessTokens : IAccessTokens
{
    public const string Issuer = "faceid";

    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(15);

    private readonly JsonWebTokenHandler _handler = new() { SetDefaultTimesOnTokenCreation = false };
    private readonly SigningCredentials _credentials;
    private readonly TimeProvider _time;

    public AccessTokens(MasterKey masterKey, TimeProvider time)
    {
        _time = time;
        var key = new SymmetricSecurityKey(masterKey.Derive("users/access-token/v1", 32)) { KeyId = $"{masterKey.KeyId:x8}" };
        _credentials = new SigningCredentials(key, SecurityAlgorithms.HmacSha256);
        Validation = new TokenValidationParameters
        {
            ValidIssuer = Issuer,
            ValidAudience = Issuer,
            IssuerSigningKey = key,
            ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
            ClockSkew = TimeSpan.Zero,
            NameClaimType = JwtRegisteredClaimNames.Sub,
            LifetimeValidator = (notBefore, expires, _, _) =>
                expires > _time.GetUtcNow().UtcDateTime && !(notBefore > _time.GetUtcNow().UtcDateTime),
        };
    }

    /// <summary>What a token must fulfil to be accepted.</summary>
    public TokenValidationParameters Validation { get; }

    public AccessToken Issue(User user)
    {
        var now = _time.GetUtcNow().UtcDateTime;
        var token = _handler.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = Issuer,
            Audience = Issuer,
            IssuedAt = now,
            NotBefore = now,
            Expires = now + Lifetime,
            Claims = new Dictionary<string, object> { [JwtRegisteredClaimNames.Sub] = user.Id.ToString(CultureInfo.InvariantCulture) },
            SigningCredentials = _credentials,
        });
        return new AccessToken(token, Lifetime);
    }
}
