using System.Net;
using FaceId.Infrastructure.Configuration;
using Microsoft.AspNetCore.HttpOverrides;
using IPNetwork = System.Net.IPNetwork;

namespace FaceId.Web.Http;

/// <summary>
/// Whose word counts on where a request came from. Without <c>FaceId:TrustedProxies</c> it is nobody's: X-Forwarded-For is then what
/// any client may write. With it, the chain is followed from its end for as long as those who wrote it are trusted.
/// </summary>
internal static class TrustedProxies
{
    private const string Setting = "FaceId:TrustedProxies";

    /// <exception cref="StartupException">An entry is neither an address nor a network.</exception>
    public static IServiceCollection AddTrustedProxies(this IServiceCollection services, IConfiguration configuration)
    {
        var networks = Entries(configuration).Select(Parse).ToList();

        // After everything else: ASPNETCORE_FORWARDEDHEADERS_ENABLED would make ASP.NET trust whoever connects.
        return services.PostConfigure<ForwardedHeadersOptions>(options =>
        {
            options.ForwardedHeaders = networks.Count > 0
                ? ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto
                : ForwardedHeaders.None;
            options.ForwardLimit = null;
            options.KnownProxies.Clear();
            options.KnownIPNetworks.Clear();
            networks.ForEach(options.KnownIPNetworks.Add);
        });
    }

    private static IEnumerable<string> Entries(IConfiguration configuration)
    {
        var section = configuration.GetSection(Setting);
        return section.GetChildren().Select(child => child.Value ?? "")
            .Concat((section.Value ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
    }

    private static IPNetwork Parse(string entry)
    {
        if (ParseAddress(entry) is { } proxy)
        {
            return new IPNetwork(proxy, proxy.GetAddressBytes().Length * 8);
        }

        if (entry.Split('/') is not [var address, _] || ParseAddress(address) is null || !IPNetwork.TryParse(entry, out var network))
        {
            throw new StartupException(
                $"{Setting}: '{entry}' is neither an IP address nor a network. Write them like 10.0.0.5, 10.0.0.0/24 or fd00::/64, with commas between.");
        }

        return network.PrefixLength > 0
            ? network
            : throw new StartupException($"{Setting}: '{entry}' would believe everybody. Name the addresses of your proxies.");
    }

    /// <summary>Nothing that is read as an address but looks like another: 127.1, or 010.0.0.1 with its octal 8.</summary>
    private static IPAddress? ParseAddress(string text) =>
        IPAddress.TryParse(text, out var address) && (text.Contains(':', StringComparison.Ordinal) || address.ToString() == text)
            ? address
            : null;
}
