using System.Net;
using FaceId.FunctionalTests.Support;
using FaceId.Infrastructure.Configuration;
using Microsoft.Extensions.Logging;

namespace FaceId.FunctionalTests.Images;

/// <summary>A server that keeps photos, in a data folder of its own, on the shared database with the shared key.</summary>
internal sealed class ImageServer : IAsyncDisposable
{
    private readonly CollectedLog _log;
    private TestServer _server;

    private ImageServer(TestServer server, CollectedLog log, string data) => (_server, _log, Data) = (server, log, data);

    public string Data { get; }

    public IEnumerable<string> Log => _log.Lines;

    public IServiceProvider Services => _server.Services;

    /// <summary>Photos and what was to become one, relative to the data folder, as rows name them.</summary>
    public IEnumerable<string> Files => Directory.Exists(Path.Combine(Data, "images"))
        ? Directory.EnumerateFiles(Path.Combine(Data, "images"), "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(Data, file))
            .Where(file => !file.StartsWith("images/database-", StringComparison.Ordinal))
        : [];

    public static async Task<ImageServer> StartAsync(string keep, string? data = null, params (string Key, string Value)[] settings)
    {
        data ??= Directory.CreateTempSubdirectory("faceid-images-").FullName;
        var log = new CollectedLog();
        return new ImageServer(await StartAsync(keep, data, log, settings), log, data);
    }

    /// <summary>Stops it, and starts it in the same folder with other settings.</summary>
    public async Task RestartAsync(string keep, params (string Key, string Value)[] settings)
    {
        await _server.DisposeAsync();
        _server = await StartAsync(keep, Data, _log, settings);
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

    /// <summary>Runs a command beside it, to its end.</summary>
    public Task<FaceIdProcess> RunAsync(string[] arguments, params (string Key, string Value)[] settings) => FaceIdProcess.RunAsync(Data, arguments, CommandSettings(settings));

    /// <summary>Starts a command beside it.</summary>
    public FaceIdProcess Start(string[] arguments) => FaceIdProcess.Start(Data, arguments, CommandSettings([]));

    private (string, string)[] CommandSettings((string Key, string Value)[] settings) => [("DATABASE_URL", TestDatabase.ConnectionString), .. Settings(Data), .. settings];

    private static Task<TestServer> StartAsync(string keep, string data, CollectedLog log, (string Key, string Value)[] settings) => TestServer.StartAsync(
        TestDatabase.ConnectionString, builder => builder.Logging.AddProvider(log), [.. Settings(data), ("FaceId:KeepImages", keep), .. settings]);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _log.Dispose();
        Directory.Delete(Data, recursive: true);
    }
}
