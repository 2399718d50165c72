using System.Net.Sockets;
using System.Text;

namespace FaceId.FunctionalTests.Support;

/// <summary>A bare connection to the server, for requests that no proper client would send.</summary>
internal sealed class RawConnection : IDisposable
{
    private readonly TcpClient _client;

    private RawConnection(TcpClient client) => _client = client;

    public static async Task<RawConnection> OpenAsync(Uri address)
    {
        var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(address.Host, address.Port);
        return new RawConnection(client);
    }

    public Task SendAsync(string text) => _client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(text)).AsTask();

    /// <summary>All that the server says until it closes the connection.</summary>
    public async Task<string> ReadToEndAsync(CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(_client.GetStream(), Encoding.UTF8, leaveOpen: true);
        try
        {
            return await reader.ReadToEndAsync(cancellationToken);
        }
        catch (IOException)
        {
            // Reset, which is one way to close it.
            return "";
        }
    }

    /// <summary>What the server says until these words have come.</summary>
    public async Task<string> ReadUntilAsync(string words, CancellationToken cancellationToken)
    {
        var (said, buffer) = (new StringBuilder(), new byte[1024]);
        while (!said.ToString().Contains(words, StringComparison.Ordinal))
        {
            var read = await _client.GetStream().ReadAsync(buffer, cancellationToken);
            Assert.That(read, Is.GreaterThan(0), $"The server closed after '{said}'.");
            said.Append(Encoding.UTF8.GetString(buffer, 0, read));
        }

        return said.ToString();
    }

    public void Dispose() => _client.Dispose();
}
