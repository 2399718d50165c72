using BenchmarkDotNet.Attributes;
using FaceId.Infrastructure.Configuration;
using FaceId.Infrastructure.Persistence;
using FaceId.Infrastructure.Postgres;
using FaceId.Infrastructure.Users;
using FaceId.Web.Startup;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace FaceId.Benchmarks;

/// <summary>
/// What finding out who calls costs: the server's own authentication of a request, with its revocation check, beside Microsoft's JwtBearer
/// handler, which takes the same token of the same key and asks nobody whether it was revoked. The server is whole: its database is
/// there, and its changes are listened for.
/// </summary>
[InProcess]
[MemoryDiagnoser]
public class AuthenticationBenchmarks : IAsyncDisposable
{
    private const string Email = "admin@example.com";
    private const string Password = "correct horse battery";

    private readonly string _folder = Directory.CreateTempSubdirectory("faceid-bench-").FullName;
    private WebApplication _server = null!;
    private Database _database = null!;
    private ServiceProvider _peer = null!;
    private IServiceScope _serverScope = null!;
    private IServiceScope _peerScope = null!;
    private (string Name, string Value) _bearer;
    private (string Name, string Value) _key;
    private (string Name, string Value) _cookie;

    [GlobalSetup]
    public async Task StartAsync()
    {
        var builder = Server.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["DATABASE_URL"] = "",
            ["FACEID_DATA"] = _folder,
            ["FACEID_ADMIN_EMAIL"] = Email,
            ["FACEID_ADMIN_PASSWORD"] = Password,
        });
        var settings = FaceIdSettings.Load(builder.Configuration);
        var opening = Database.OpenAsync(settings, EmbeddedPostgresUse.Server, NullLoggerFactory.Instance, CancellationToken.None);
        _server = Server.Build(builder, settings, opening, new ServeOptions());
        await _server.StartAsync();
        _database = await opening;
        _serverScope = _server.Services.CreateScope();
        await SignInAsync();
        await MakePeerAsync();
        foreach (var credential in (Func<Task<bool>>[])[Jwt, OurJwt, OurApiKey, OurCookie])
        {
            if (!await credential())
            {
                throw new InvalidOperationException($"{credential.Method.Name} is refused.");
            }
        }
    }

    [GlobalCleanup]
    public async ValueTask DisposeAsync()
    {
        _serverScope.Dispose();
        _peerScope.Dispose();
        await _peer.DisposeAsync();
        await _server.StopAsync();
        await _server.DisposeAsync();
        await _database.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    [Benchmark(Baseline = true, Description = "JwtBearer of ASP.NET Core, no revocation")]
    public Task<bool> Jwt() => AuthenticateAsync(_peerScope, JwtBearerDefaults.AuthenticationScheme, _bearer);

    [Benchmark(Description = "FaceId: access token")]
    public Task<bool> OurJwt() => AuthenticateAsync(_serverScope, Web.Http.Authentication.SchemeName, _bearer);

    [Benchmark(Description = "FaceId: API key")]
    public Task<bool> OurApiKey() => AuthenticateAsync(_serverScope, Web.Http.Authentication.SchemeName, _key);

    [Benchmark(Description = "FaceId: browser's cookie")]
    public Task<bool> OurCookie() => AuthenticateAsync(_serverScope, Web.Http.Authentication.SchemeName, _cookie);

    /// <summary>A new handler for each request, as the middleware makes one.</summary>
    private static async Task<bool> AuthenticateAsync(IServiceScope scope, string scheme, (string Name, string Value) credential)
    {
        // The handlers of a request are kept by its scope, so each request has one.
        await using var requestScope = scope.ServiceProvider.GetRequiredService<IServiceScopeFactory>().CreateAsyncScope();
        var context = new DefaultHttpContext { RequestServices = requestScope.ServiceProvider };
        context.Request.Method = HttpMethods.Get;
        context.Request.Path = "/api/v1/me";
        context.Request.Headers[credential.Name] = credential.Value;
        return (await context.AuthenticateAsync(scheme)).Succeeded;
    }

    private async Task SignInAsync()
    {
        var address = _server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        using var http = new HttpClient { BaseAddress = new Uri(address) };
        var credentials = await Credentials.GetAsync(http, Email, Password);
        (_bearer, _key, _cookie) = (Split(credentials.AccessToken), Split(credentials.ApiKey), Split(credentials.Cookie));

        static (string, string) Split(string header) => header.Split(": ", 2) is [var name, var value] ? (name, value) : throw new FormatException();
    }

    private async Task MakePeerAsync()
    {
        var id = new JsonWebTokenHandler().ReadJsonWebToken(_bearer.Value["Bearer ".Length..]).Kid;
        var key = await _server.Services.GetRequiredService<SigningKeyRing>().FindAsync(id, CancellationToken.None);
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.ClearProviders());
        services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer(options =>
            options.TokenValidationParameters = new TokenValidationParameters
            {
                ValidIssuer = AccessTokens.Issuer,
                ValidAudience = AccessTokens.Issuer,
                IssuerSigningKey = key,
                ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
                ValidTypes = ["at+jwt"],
            });
        _peer = services.BuildServiceProvider();
        _peerScope = _peer.CreateScope();
    }
}
