using FaceId.Domain.Users;

namespace FaceId.Application.Users;

/// <summary>Makes the signed tokens that callers prove themselves with.</summary>
public interface IAccessTokens
{
    AccessToken Issue(User user);
}

public sealed record AccessToken(string Value, TimeSpan Lifetime);
