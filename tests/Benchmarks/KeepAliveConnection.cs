using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace FaceId.Benchmarks;

/// <summary>
/// One connection that HTTP requests go over, one after the other. It does no more than measuring needs: an ordinary client takes
/// as long as the server here, and its time would blur the small differences that are looked for.
/// </summary>
internal sealed class KeepAliveConnection : IDisposable
{
    private static ReadOnlySpan<byte> EndOfHeaders => "\r\n\r\n"u8;

    private static ReadOnlySpan<byte> LengthHeader => "\r\nContent-Length: "u8;

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _buffer = new byte[64 * 1024];

    public KeepAliveConnection(Uri server) => _socket.Connect(server.Host, server.Port);

    /// <summary>The bytes of a GET request.</summary>
    public static byte[] Get(Uri server, string path, string? header) =>
        Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {server.Authority}\r\n{(header is null ? "" : header + "\r\n")}\r\n");

    /// <summary>Sends a request and reads its answer to the end.</summary>
    /// <returns>The status.</returns>
    public int Send(byte[] request)
    {
        _socket.Send(request);
        var read = 0;
        while (true)
        {
            var got = _socket.Receive(_buffer.AsSpan(read));
            read += got;
            if (got == 0)
            {
                throw new IOException("The server closed the connection.");
            }

            var end = _buffer.AsSpan(0, read).IndexOf(EndOfHeaders);
            if (end >= 0 && read >= end + EndOfHeaders.Length + Length(_buffer.AsSpan(0, end + 2)))
            {
                return int.Parse(_buffer.AsSpan("HTTP/1.1 ".Length, 3), NumberStyles.None, CultureInfo.InvariantCulture);
            }
        }
    }

    public void Dispose() => _socket.Dispose();

    private static int Length(ReadOnlySpan<byte> headers)
    {
        var at = headers.IndexOf(LengthHeader);
        if (at < 0)
        {
            throw new IOException("The answer does not say how long it is.");
        }

        var value = headers[(at + LengthHeader.Length)..];
        return int.Parse(value[..value.IndexOf((byte)'\r')], NumberStyles.None, CultureInfo.InvariantCulture);
    }
}
