using FaceId.Application.Common.Security;

namespace FaceId.Web.Http;

/// <summary>The caller of the request at hand, as <see cref="Authentication"/> found them.</summary>
internal sealed class HttpCaller(IHttpContextAccessor accessor) : ICaller
{
    public static readonly object AccessItem = new();

    public bool IsKnown => Access is not null;

    public SessionAccess? Session => Access as SessionAccess;

    public ApiKeyAccess? ApiKey => Access as ApiKeyAccess;

    public string? IpAddress => accessor.HttpContext?.Connection.RemoteIpAddress switch
    {
        null => null,
        { IsIPv4MappedToIPv6: true } mapped => mapped.MapToIPv4().ToString(),
        var address => address.ToString(),
    };

    public string? UserAgent => accessor.HttpContext?.Request.Headers.UserAgent.ToString() is { Length: > 0 } agent ? agent : null;

    private object? Access => accessor.HttpContext?.Items[AccessItem];

    public bool Has(Permission permission) => Access switch
    {
        SessionAccess session => session.Role.Has(permission),
        ApiKeyAccess key => key.Permissions.Contains(permission),
        _ => false,
    };
}
