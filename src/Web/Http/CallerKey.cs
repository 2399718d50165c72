using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace FaceId.Web.Http;

/// <summary>Who shares one allowance: an account, an API key, or all that come from one place.</summary>
internal readonly record struct CallerKey
{
    private readonly Kind _kind;
    private readonly ulong _id;

    private CallerKey(Kind kind, ulong id) => (_kind, _id) = (kind, id);

    private enum Kind : byte
    {
        Nowhere,
        IPv4,
        IPv6,
        Account,
        ApiKey,
    }

    public static CallerKey Account(int id) => new(Kind.Account, (ulong)id);

    public static CallerKey ApiKey(int id) => new(Kind.ApiKey, (ulong)id);

    /// <summary>An IPv4 address, or the /64 of an IPv6 one: whoever has one address of a /64 has all of them.</summary>
    public static CallerKey Address(IPAddress? address)
    {
        if (address is null)
        {
            return default;
        }

        if (address.IsIPv4MappedToIPv6)
        {
            address = address.MapToIPv4();
        }

        Span<byte> bytes = stackalloc byte[16];
        return address.TryWriteBytes(bytes, out _) && address.AddressFamily == AddressFamily.InterNetwork
            ? new CallerKey(Kind.IPv4, BinaryPrimitives.ReadUInt32BigEndian(bytes))
            : new CallerKey(Kind.IPv6, BinaryPrimitives.ReadUInt64BigEndian(bytes));
    }
}
