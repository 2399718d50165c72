using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using FaceId.Infrastructure.Configuration;
using FaceId.Infrastructure.Persistence;
using FaceId.Infrastructure.Postgres;
using FaceId.Web.Startup;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace FaceId.FunctionalTests.Support;

/// <summary>The real server on a real port, inside the test process, on a database that the test names.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    public const string AdminEmail = "admin@example.com";

    private readonly WebApplication _app;
    private readonly Database _database;

    private TestServer(WebApplication app, Database database, IReadOnlyList<Uri> addresses)
    {
        _app = app;
        _database = database;
        Addresses = addresses;
    }

    /// <summary>Where it listens, in the order of the setting <c>urls</c>.</summary>
    public IReadOnlyList<Uri> Addresses { get; }

    public Uri Address => Addresses[0];

    public IServiceProvider Services => _app.Services;

    public static Task<TestServer> StartAsync(string databaseUrl, params (string Key, string Value)[] settings) =>
        StartAsync(databaseUrl, _ => { }, settings);

    /// <param name="time">The clock of this server.</param>
    public static Task<TestServer> StartAsync(string databaseUrl, TimeProvider time, params (string Key, string Value)[] settings) =>
        StartAsync(databaseUrl, builder => builder.Services.AddSingleton(time), settings);

    /// <param name="alter">Changes what the server is made of, before it is made.</param>
    public static async Task<TestServer> StartAsync(
        string databaseUrl, Action<WebApplicationBuilder> alter, params (string Key, string Value)[] settings)
    {
        var builder = Server.CreateBuilder();
        alter(builder);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["DATABASE_URL"] = databaseUrl,
            ["FACEID_DATA"] = TestDatabase.DataFolder,
            ["FACEID_ADMIN_EMAIL"] = AdminEmail,
            ["FACEID_ADMIN_PASSWORD"] = Api.Password,
            ["FACEID_RATE_LIMIT"] = "off",
            ["FaceId:Passwords:BcryptCost"] = "10",
        });
        foreach (var (key, value) in settings)
        {
            builder.Configuration[key] = value;
        }

        var loaded = FaceIdSettings.Load(builder.Configuration);
        var opening = Database.OpenAsync(loaded, EmbeddedPostgresUse.Server, NullLoggerFactory.Instance, CancellationToken.None);
        var app = Server.Build(builder, loaded, opening, new ServeOptions());
        await app.StartAsync();
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        return new TestServer(app, await opening, [.. addresses.Select(address => new Uri(address))]);
    }

    /// <summary>A server whose public address is that on which it listens, as browsers need it.</summary>
    public static async Task<(TestServer Server, Uri Origin)> StartForBrowsersAsync(Action<WebApplicationBuilder>? alter = null)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        var origin = new Uri($"http://localhost:{port}");
        var server = await StartAsync(
            TestDatabase.ConnectionString, alter ?? (_ => { }), ("urls", $"http://127.0.0.1:{port}"), ("FACEID_PUBLIC_URL", origin.ToString()));
        return (server, origin);
    }

    /// <summary>A new caller who has not signed in.</summary>
    [SuppressMessage("Reliability", "CA2000", Justification = "The caller owns the client.")]
    public Api Anonymous() => new(new HttpClient { BaseAddress = Address });

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        await _database.DisposeAsync();
    }
}
