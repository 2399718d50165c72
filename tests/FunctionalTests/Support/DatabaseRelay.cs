using System.Collections.Concurrent;
using System.Net.Sockets;
using Npgsql;

namespace FaceId.FunctionalTests.Support;

/// <summary>A way to the test database that can be cut, or hold back what is said in both directions.</summary>
internal sealed class DatabaseRelay : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("faceid-relay-");
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly ConcurrentQueue<Socket> _ends = new();
    private readonly Task _running;

    private TaskCompletionSource _flow = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private DatabaseRelay()
    {
        var direct = new NpgsqlConnectionStringBuilder(TestDatabase.ConnectionString);
        var name = $".s.PGSQL.{direct.Port}";
        _listener.Bind(new UnixDomainSocketEndPoint(Path.Combine(_folder.FullName, name)));
        _listener.Listen();
        _flow.SetResult();
        _running = AcceptAsync(new UnixDomainSocketEndPoint(Path.Combine(direct.Host!, name)));

        // A name of its own, or it would share the connections of those who go the direct way.
        ConnectionString = new NpgsqlConnectionStringBuilder(direct.ConnectionString) { Host = _folder.FullName, ApplicationName = "relay" }.ConnectionString;
    }

    public string ConnectionString { get; }

    public static DatabaseRelay Open() => new();

    /// <summary>Nothing comes through from now on, and nobody is told.</summary>
    public void Freeze() => _flow = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Thaw() => _flow.TrySetResult();

    /// <summary>Ends all connections; new ones may be made.</summary>
    public void Cut()
    {
        while (_ends.TryDequeue(out var end))
        {
            end.Dispose();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _running;
        Thaw();
        Cut();
        _folder.Delete(recursive: true);
    }

    private async Task AcceptAsync(UnixDomainSocketEndPoint database)
    {
        try
        {
            while (true)
            {
                var caller = await _listener.AcceptAsync();
                var server = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await server.ConnectAsync(database);
                _ends.Enqueue(caller);
                _ends.Enqueue(server);
                _ = PumpAsync(caller, server);
                _ = PumpAsync(server, caller);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Closed.
        }
    }

    private async Task PumpAsync(Socket from, Socket to)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer) is > 0 and var read)
            {
                await _flow.Task;
                for (var sent = 0; sent < read;)
                {
                    sent += await to.SendAsync(buffer.AsMemory(sent, read - sent));
                }
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Cut.
        }

        from.Dispose();
        to.Dispose();
    }
}
