using FaceId.Domain.Users;

namespace FaceId.Application.Common.Security;

/// <summary>Who sends the request at hand, and from where.</summary>
public interface ICaller
{
    /// <summary>The signed-in account; null for an anonymous caller.</summary>
    int? UserId { get; }

    /// <summary>Its role as of this request; null for an anonymous caller.</summary>
    Role? Role { get; }

    string? IpAddress { get; }

    string? UserAgent { get; }
}

public static class CallerExtensions
{
    /// <summary>The account of a caller that authorization let through.</summary>
    public static int RequiredUserId(this ICaller caller) =>
        caller.UserId ?? throw new InvalidOperationException("This use case runs for signed-in callers only.");
}
