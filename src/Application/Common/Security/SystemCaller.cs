namespace FaceId.Application.Common.Security;

/// <summary>The server itself, in the jobs that it runs by the clock: it may everything and is nobody.</summary>
public sealed class SystemCaller : ICaller
{
    public static readonly SystemCaller Instance = new();

    private SystemCaller()
    {
    }

    public bool IsKnown => true;

    public SessionAccess? Session => null;

    public ApiKeyAccess? ApiKey => null;

    public string? IpAddress => null;

    public string? UserAgent => "scheduled job";

    public bool Has(Permission permission) => true;
}
