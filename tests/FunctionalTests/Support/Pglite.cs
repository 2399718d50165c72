using System.Diagnostics;
using System.Globalization;
using FaceId.Infrastructure.Configuration;
using FaceId.Infrastructure.Persistence;
using FaceId.Infrastructure.Postgres;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace FaceId.FunctionalTests.Support;

/// <summary>
/// A PostgreSQL with pgvector that npm brings, as WebAssembly in a process of Node.js: see tests/pgvector. Its connections share one session,
/// so that only one statement or transaction may be under way.
/// </summary>
internal sealed class Pglite : IAsyncDisposable
{
    private readonly Process _process;

    private Pglite(Process process, string url, Database database) => (_process, Url, Database) = (process, url, database);

    public string Url { get; }

    /// <summary>With all tables of the program.</summary>
    public Database Database { get; }

    public static async Task<Pglite> StartAsync()
    {
        var server = Path.Combine(Photos.Repository, "artifacts/pgvector/server.mjs");
        Assert.That(Path.Combine(Path.GetDirectoryName(server)!, "node_modules"), Does.Exist, "build/pgvector.sh installs it.");
        var process = Process.Start(new ProcessStartInfo("node", [server]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        var port = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("PGlite did not start.");
        var url = new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1",
            Port = int.Parse(port, CultureInfo.InvariantCulture),
            Username = "postgres",
            Database = "postgres",
            NoResetOnClose = true,
            MaxAutoPrepare = 0,
            SslMode = SslMode.Disable,
        }.ConnectionString;
        var database = await Database.OpenAsync(
            new FaceIdSettings { DataFolder = "unused", ModelsFolder = "unused", DatabaseUrl = url }, EmbeddedPostgresUse.Command, NullLoggerFactory.Instance, CancellationToken.None);
        await database.WithSchemaAsync(schema => schema.MigrateAsync(CancellationToken.None));
        return new Pglite(process, url, database);
    }

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(5)))
            _process.Kill();
        _process.Dispose();
    }
}
