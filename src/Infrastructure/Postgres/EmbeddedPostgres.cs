using System.Diagnostics;
using System.Globalization;
using FaceId.Infrastructure.Configuration;
using FaceId.Infrastructure.Interop;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace FaceId.Infrastructure.Postgres;

/// <summary>
/// The use of the data folder's own PostgreSQL, from acquiring to disposing. The first user starts it and the last one stops it,
/// whoever of them that is; one that outlived a killed process is taken over by the next. It listens on a socket in a private
/// folder only and knows its users by the operating system's word, so there is neither a port nor a password.
/// </summary>
public sealed partial class EmbeddedPostgres : IAsyncDisposable
{
    private const long LongestLog = 16L << 20;
    private static readonly TimeSpan LogCheckInterval = TimeSpan.FromMinutes(10);

    // Longer than any start or stop takes, during which the lock is held.
    private static readonly TimeSpan LockTimeout = TimeSpan.FromMinutes(3);

    private readonly EmbeddedPostgresOptions _options;
    private readonly Locks _locks;
    private readonly Postmaster _postmaster;
    private readonly Timer? _logCheck;
    private int _disposed;

    private EmbeddedPostgres(EmbeddedPostgresOptions options, EmbeddedPostgresUse use, Cluster cluster, PostgresBinaries binaries, Locks locks, Postmaster postmaster)
    {
        _options = options;
        _locks = locks;
        _postmaster = postmaster;
        Binaries = binaries;
        Connection = ConnectionTo(cluster, Cluster.Role, Cluster.Database);
        LogFile = cluster.LogFile;
        if (use == EmbeddedPostgresUse.Server)
            _logCheck = new Timer(_ => TruncateLog(LogFile), state: null, LogCheckInterval, LogCheckInterval);
    }

    /// <summary>How to connect to the database, as the role that owns it.</summary>
    public NpgsqlConnectionStringBuilder Connection { get; }

    /// <summary>The programs of the very version that serves the cluster, for backups.</summary>
    public PostgresBinaries Binaries { get; }

    /// <summary>PostgreSQL's own log.</summary>
    public string LogFile { get; }

    /// <summary>True when this use started the server, false when it was running.</summary>
    public bool WasStarted => _postmaster.WasStarted;

    /// <summary>The server's process.</summary>
    public int ProcessId => _postmaster.ProcessId;

    /// <summary>Makes the cluster if there is none, starts its server or takes over the running one, and makes the database.</summary>
    /// <returns>The use of a server that accepts connections.</returns>
    /// <exception cref="StartupException">It cannot be had; the message says in one line why and what to do.</exception>
    public static async Task<EmbeddedPostgres> AcquireAsync(
        EmbeddedPostgresOptions options, EmbeddedPostgresUse use, ILogger<EmbeddedPostgres> logger, CancellationToken cancellationToken)
    {
        var folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(options.DataFolder));
        DataFolder.Create(folder);
        var locks = new Locks(folder);
        Postmaster? postmaster = null;
        try
        {
            if (use == EmbeddedPostgresUse.Server)
                locks.BecomeServer();
            using var turn = await locks.TakeTurnAsync(LockTimeout, cancellationToken);
            locks.BecomeUser();

            var cluster = Cluster.Locate(folder);
            var version = cluster.ReadVersion();
            var binaries = PostgresBinaries.Find(options.BinFolder, version);
            if (version is null)
            {
                LogCreating(logger, cluster.Folder, binaries.Major);
                await cluster.CreateAsync(binaries, options.Durable, cancellationToken);
            }

            postmaster = await Postmaster.AdoptOrStartAsync(cluster, options, binaries, logger, cancellationToken);
            await MakeDatabaseAsync(cluster, cancellationToken);
            return new EmbeddedPostgres(options, use, cluster, binaries, locks, postmaster);
        }
        catch (Exception e)
        {
            await ReleaseAsync(options, locks, postmaster);
            if (e is IOException or UnauthorizedAccessException or TimeoutException)
                throw new StartupException($"The database in {folder} cannot be used: {e.Message}", e);
            throw;
        }
    }

    /// <summary>Ends the use, and the server with it unless somebody else still uses it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        if (_logCheck is not null)
            await _logCheck.DisposeAsync();
        await ReleaseAsync(_options, _locks, _postmaster);
    }

    private static async Task ReleaseAsync(EmbeddedPostgresOptions options, Locks locks, Postmaster? postmaster)
    {
        try
        {
            if (postmaster is not null)
            {
                using var turn = await locks.TakeTurnAsync(LockTimeout, CancellationToken.None);
                if (locks.IsLastUser())
                    await postmaster.StopAsync(options.StopTimeout);
            }
        }
        finally
        {
            postmaster?.Dispose();
            locks.Dispose();
        }
    }

    /// <summary>One connection in the usual case; more only when the cluster is new.</summary>
    private static async Task MakeDatabaseAsync(Cluster cluster, CancellationToken cancellationToken)
    {
        var database = ConnectionTo(cluster, Cluster.Role, Cluster.Database);
        try
        {
            await using var probe = new NpgsqlConnection(Unpooled(database));
            await probe.OpenAsync(cancellationToken);
            return;
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.InvalidCatalogName or PostgresErrorCodes.InvalidAuthorizationSpecification)
        {
        }
        catch (NpgsqlException e)
        {
            throw new StartupException($"PostgreSQL runs but does not let us in: {e.Message} See {cluster.LogFile}.", e);
        }

        try
        {
            await using var connection = new NpgsqlConnection(Unpooled(ConnectionTo(cluster, Cluster.Superuser, "postgres")));
            await connection.OpenAsync(cancellationToken);
            if (!await ExistsAsync(connection, $"SELECT 1 FROM pg_roles WHERE rolname = '{Cluster.Role}'", cancellationToken))
                await ExecuteAsync(connection, $"CREATE ROLE {Cluster.Role} LOGIN", cancellationToken);
            if (!await ExistsAsync(connection, $"SELECT 1 FROM pg_database WHERE datname = '{Cluster.Database}'", cancellationToken))
                await ExecuteAsync(connection, $"CREATE DATABASE {Cluster.Database} OWNER {Cluster.Role}", cancellationToken);
        }
        catch (NpgsqlException e)
        {
            throw new StartupException($"The database {Cluster.Database} cannot be made: {e.Message} See {cluster.LogFile}.", e);
        }
    }

    private static async Task<bool> ExistsAsync(NpgsqlConnection connection, string query, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(query, connection);
        return await command.ExecuteScalarAsync(cancellationToken) is not null;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string statement, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(statement, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static NpgsqlConnectionStringBuilder ConnectionTo(Cluster cluster, string role, string database)
    {
        var connection = DatabaseUrl.Defaults();
        connection.Host = cluster.SocketFolder;
        connection.Port = Cluster.Port;
        connection.Username = role;
        connection.Database = database;
        connection.SslMode = SslMode.Disable;
        return connection;
    }

    private static string Unpooled(NpgsqlConnectionStringBuilder connection) =>
        new NpgsqlConnectionStringBuilder(connection.ConnectionString) { Pooling = false }.ConnectionString;

    /// <summary>PostgreSQL keeps the file open and adds to its end, so it can be emptied but not replaced.</summary>
    private static void TruncateLog(string file)
    {
        try
        {
            if (!File.Exists(file) || new FileInfo(file).Length <= LongestLog)
                return;
            File.Copy(file, $"{file}.1", overwrite: true);
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            stream.SetLength(0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next round tries again; a long log is no reason to end the service.
            Debug.WriteLine(e);
        }
    }

    [LoggerMessage(EventId = 260, Level = LogLevel.Information, Message = "Making a PostgreSQL {Major} database in {Folder}")]
    private static partial void LogCreating(ILogger logger, string folder, int major);

    /// <summary>
    /// Three locks of a data folder. <c>faceid.lock</c>: its one server. <c>postgres.lock</c>: who starts or stops PostgreSQL at this
    /// moment. <c>postgres.users</c>: shared by all who use it, so that the last one can tell.
    /// </summary>
    private sealed class Locks(string folder) : IDisposable
    {
        private readonly string _server = Path.Combine(folder, "faceid.lock");
        private readonly string _turn = Path.Combine(folder, "postgres.lock");
        private readonly string _users = Path.Combine(folder, "postgres.users");
        private FileLock? _asServer;
        private FileLock? _asUser;

        public void BecomeServer()
        {
            _asServer = FileLock.TryAcquire(_server, LockKind.Exclusive);
            if (_asServer is null)
            {
                var holder = FileLock.ReadHolder(_server) is { } id ? string.Create(CultureInfo.InvariantCulture, $" (process {id})") : "";
                throw new StartupException($"Another faceid{holder} already serves the data folder {folder}. Stop it, or choose another folder with FACEID_DATA.");
            }

            _asServer.WriteHolder();
        }

        public Task<FileLock> TakeTurnAsync(TimeSpan timeout, CancellationToken cancellationToken) =>
            FileLock.AcquireAsync(_turn, LockKind.Exclusive, timeout, cancellationToken);

        /// <summary>Only in one's turn: nobody else can be excluding users then.</summary>
        public void BecomeUser() => _asUser = FileLock.TryAcquire(_users, LockKind.Shared);

        /// <summary>Only in one's turn. Ends one's own use.</summary>
        public bool IsLastUser()
        {
            _asUser?.Dispose();
            _asUser = null;
            using var alone = FileLock.TryAcquire(_users, LockKind.Exclusive);
            return alone is not null;
        }

        public void Dispose()
        {
            _asUser?.Dispose();
            _asServer?.Dispose();
        }
    }
}
