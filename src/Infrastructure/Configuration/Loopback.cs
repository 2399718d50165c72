using System.Net;

namespace FaceId.Infrastructure.Configuration;

internal static class Loopback
{
    /// <summary>Whether a host's name or address is this machine's own, which no network lies in between.</summary>
    public static bool Is(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
