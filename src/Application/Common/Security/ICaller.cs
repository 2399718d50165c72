namespace FaceId.Application.Common.Security;

/// <summary>Who sends the request at hand, and from where.</summary>
public interface ICaller
{
    /// <summary>Whether it is known who calls: a signed-in person, an API key, the operator at the console, or the server itself.</summary>
    bool IsKnown { get; }

    /// <summary>The session of a signed-in person; null for other callers.</summary>
    SessionAccess? Session { get; }

    /// <summary>The API key of a program; null for other callers.</summary>
    ApiKeyAccess? ApiKey { get; }

    string? IpAddress { get; }

    string? UserAgent { get; }

    /// <summary>Whether the caller may do this, as of this request.</summary>
    bool Has(Permission permission);
}

public static class CallerExtensions
{
    /// <summary>How much of a user agent is kept.</summary>
    public const int MaxUserAgentLength = 500;

    extension(ICaller caller)
    {
        /// <summary>The user agent as it is stored, cut to <see cref="MaxUserAgentLength"/>.</summary>
        public string? StoredUserAgent => caller.UserAgent is { Length: > MaxUserAgentLength } agent ? agent[..MaxUserAgentLength] : caller.UserAgent;

        /// <summary>The signed-in account; null for an anonymous caller or an API key.</summary>
        public int? UserId => caller.Session?.UserId;

        /// <summary>The account of a caller that authorization let through as a person.</summary>
        public int RequiredUserId() => caller.RequiredSession().UserId;

        /// <summary>The session of a caller that authorization let through as a person.</summary>
        public SessionAccess RequiredSession() =>
            caller.Session ?? throw new InvalidOperationException("This use case runs for signed-in people only.");
    }
}
