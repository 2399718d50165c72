using FaceId.Infrastructure.Configuration;

namespace FaceId.Web.Startup;

/// <summary>The PEM files of the certificate that the server shows, with the chain behind it, and of its private key.</summary>
internal sealed record TlsSettings(string Certificate, string Key)
{
    private const string Setting = "FaceId:Tls";

    /// <returns>Null when the server speaks no TLS itself.</returns>
    /// <exception cref="StartupException">Half of the settings is missing, or they do not fit the addresses.</exception>
    public static TlsSettings? Load(IConfiguration configuration)
    {
        var secure = (configuration[WebHostDefaults.ServerUrlsKey] ?? "").Split(';', StringSplitOptions.TrimEntries)
            .Any(url => url.StartsWith("https://", StringComparison.OrdinalIgnoreCase));
        return (Path("Certificate"), Path("Key"), secure) switch
        {
            ({ } certificate, { } key, true) => new TlsSettings(certificate, key),
            (null, null, false) => null,
            (null, null, true) => throw new StartupException(
                $"An address in ASPNETCORE_URLS begins with https://; name its certificate and key with {Setting}:Certificate and {Setting}:Key."),
            ({ }, { }, false) => throw new StartupException(
                $"{Setting} names a certificate, but no address in ASPNETCORE_URLS begins with https://."),
            _ => throw new StartupException($"{Setting} needs both, Certificate and Key."),
        };

        string? Path(string name) =>
            configuration[$"{Setting}:{name}"] is { } path && !string.IsNullOrWhiteSpace(path) ? System.IO.Path.GetFullPath(path) : null;
    }
}
