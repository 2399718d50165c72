using FaceId.Application.Common.Security;

namespace FaceId.Web.Commands;

/// <summary>The operator at the console, who may everything: whoever can run commands here has the database and the key anyway.</summary>
internal sealed class ConsoleCaller : ICaller
{
    public bool IsKnown => true;

    public SessionAccess? Session => null;

    public ApiKeyAccess? ApiKey => null;

    public string? IpAddress => null;

    public string? UserAgent => "console";

    public bool Has(Permission permission) => true;
}
