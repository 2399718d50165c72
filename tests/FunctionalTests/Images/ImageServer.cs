using System.Net;
using FaceId.FunctionalTests.Support;
using FaceId.Infrastructure.Configuration;
using Microsoft.Extensions.Logging;

namespace FaceId.FunctionalTests.Images;

/// <summary>A server that keeps photos, in a data folder of its own, on the shared database with the shared key.</summary>
internal sealed class ImageServer : IAsyncDisposable
{
    private readonly TestServer _server;
    private readonly CollectedLog _log;

    private ImageServer(TestServer server, CollectedLog log, string data) => (_server, _log, Data) = (server, log, data);

    public string Data { get; }

    public IEnumerable<string> Log => _log.Lines;

    public IServiceProvider Services => _server.Services;

    /// <summary>Relative to the data folder, as rows name them.</summary>
    public IEnumerable<string> Files => Directory.Exists(Path.Combine(Data, "images"))
        ? Directory.EnumerateFiles(Path.Combine(Data, "images"), "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(Data, file))
        : [];

    public static async Task<ImageServer> StartAsync(string keep, string? data = null)
    {
        data ??= Directory.CreateTempSubdirectory("faceid-images-").FullName;
        var log = new CollectedLog();
        var server = await TestServer.StartAsync(TestDatabase.ConnectionString, builder => builder.Logging.AddProvider(log), [.. Settings(data), ("FaceId:KeepImages", keep)]);
        return new ImageServer(server, log, data);
    }

    public static (string Key, string Value)[] Settings(string data) =>
        [("FACEID_DATA", data), ("FACEID_KEY", File.ReadAllText(Path.Combine(TestDatabase.DataFolder, MasterKey.FileName)).Trim())];

    public Api Anonymous() => _server.Anonymous();

    public Task<Api> AdminAsync() => _server.Anonymous().ContinueAsync(TestRun.AdminToken);

    /// <summary>Somebody who agreed that photos of them are kept.</summary>
    public async Task<Api> PersonAsync()
    {
        using var admin = await AdminAsync();
        (await admin.PostAsync("/api/v1/users", new { email = "ada@example.com", name = "Ada Lovelace", password = Api.Password, verified = true })).ShouldBe(HttpStatusCode.Created);
        var ada = await _server.Anonymous().LoginAsync("ada@example.com");
        (await ada.PostAsync("/api/v1/me/consent", new { accepted = true })).ShouldBe(HttpStatusCode.OK);
        return ada;
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _log.Dispose();
        Directory.Delete(Data, recursive: true);
    }
}
