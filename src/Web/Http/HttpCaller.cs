using System.Globalization;
using System.Security.Claims;
using FaceId.Application.Common.Security;
using FaceId.Domain.Users;
using Microsoft.IdentityModel.JsonWebTokens;

namespace FaceId.Web.Http;

/// <summary>The caller of the request at hand, as authentication found them.</summary>
internal sealed class HttpCaller(IHttpContextAccessor accessor) : ICaller
{
    public const string RoleClaim = "role";

    public int? UserId => Find(JwtRegisteredClaimNames.Sub) is { } text
        && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null;

    public Role? Role => Enum.TryParse<Role>(Find(RoleClaim), out var role) ? role : null;

    public string? IpAddress => accessor.HttpContext?.Connection.RemoteIpAddress switch
    {
        null => null,
        { IsIPv4MappedToIPv6: true } mapped => mapped.MapToIPv4().ToString(),
        var address => address.ToString(),
    };

    public string? UserAgent => accessor.HttpContext?.Request.Headers.UserAgent.ToString() is { Length: > 0 } agent ? agent : null;

    private string? Find(string claim) =>
        accessor.HttpContext?.User is { Identity.IsAuthenticated: true } user ? user.FindFirstValue(claim) : null;
}
