using System.Text.Json.Serialization;

namespace FaceId.Application.Users.SignIn;

/// <summary>What names a session from now on: tokens, or the cookie of a browser. What named it before is refused.</summary>
public record SessionTokens
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? AccessToken { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? RefreshToken { get; init; }

    /// <summary>Seconds until the access token ends.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? ExpiresIn { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? TokenType { get; init; }

    /// <summary>The value of the browser's cookie; goes into a header, never into a body.</summary>
    [JsonIgnore]
    public BrowserCookie? Cookie { get; init; }
}

public sealed record BrowserCookie(string Value, DateTimeOffset ExpiresAt);
