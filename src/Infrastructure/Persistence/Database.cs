using FaceId.Infrastructure.Configuration;
using FaceId.Infrastructure.Postgres;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace FaceId.Infrastructure.Persistence;

/// <summary>The database of this process: the one that DATABASE_URL names, or the private cluster, which it holds while it lives.</summary>
public sealed class Database : IAsyncDisposable
{
    private readonly EmbeddedPostgres? _cluster;

    private readonly NpgsqlConnectionStringBuilder _connection;

    private Database(NpgsqlConnectionStringBuilder connection, string description, ILoggerFactory logging, EmbeddedPostgres? cluster)
    {
        _connection = connection;
        DataSource = new NpgsqlDataSourceBuilder(connection.ConnectionString).UseLoggerFactory(logging).Build();
        Description = description;
        _cluster = cluster;
    }

    /// <summary>Where it is, for people; holds no password.</summary>
    public string Description { get; }

    /// <summary>Whether somebody between here and the database could read along: no socket, not this machine, no checked certificate.</summary>
    internal bool IsOpenToTheNetwork => IsOpen(_connection);

    internal NpgsqlDataSource DataSource { get; }

    /// <summary>How to connect as the private cluster's superuser; null for any other database, where we have no such rights.</summary>
    internal string? Superuser => _cluster is null ? null : new NpgsqlConnectionStringBuilder(_connection.ConnectionString) { Username = Cluster.Superuser, Pooling = false }.ConnectionString;

    /// <summary>Takes up the database, starting the private cluster where there is no other.</summary>
    /// <param name="use">Whether this process is the server of the data folder, of which there is one, or a command beside it.</param>
    /// <exception cref="StartupException">The settings are wrong or the database cannot be started; the message says what to do.</exception>
    public static async Task<Database> OpenAsync(
        FaceIdSettings settings, EmbeddedPostgresUse use, ILoggerFactory logging, CancellationToken cancellationToken)
    {
        if (settings.DatabaseUrl is not null)
        {
            var url = DatabaseUrl.Parse(settings.DatabaseUrl);
            return new Database(url, DatabaseUrl.Describe(url), logging, cluster: null);
        }

        var cluster = await EmbeddedPostgres.AcquireAsync(
            EmbeddedPostgresOptions.For(settings), use, logging.CreateLogger<EmbeddedPostgres>(), cancellationToken);
        var description = $"private PostgreSQL {cluster.Binaries.Major}, {DatabaseUrl.Describe(cluster.Connection)}";
        return new Database(cluster.Connection, description, logging, cluster);
    }

    internal static bool IsOpen(NpgsqlConnectionStringBuilder connection) =>
        connection.SslMode != SslMode.VerifyFull
        && (connection.Host ?? "").Split(',', StringSplitOptions.TrimEntries).Any(host => !host.StartsWith('/') && !host.StartsWith('@') && !Loopback.Is(host));

    /// <summary>Makes sure that the database answers.</summary>
    /// <exception cref="StartupException">It does not; the message says which part of the connection is wrong.</exception>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await DataSource.OpenConnectionAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            throw DatabaseUrl.Explain(exception, _connection);
        }
    }

    /// <summary>Runs work on the schema, outside the server's own services.</summary>
    public async Task WithSchemaAsync(Func<SchemaMigrator, Task> work)
    {
        var options = new DbContextOptionsBuilder<FaceIdDb>();
        options.UseFaceIdPostgres(DataSource);
        await using var db = new FaceIdDb(options.Options);
        await work(new SchemaMigrator(db));
    }

    /// <summary>The SQL of all migrations; needs no database.</summary>
    public static string Script()
    {
        using var db = new DesignTimeFactory().CreateDbContext([]);
        return new SchemaMigrator(db).Script();
    }

    public async ValueTask DisposeAsync()
    {
        await DataSource.DisposeAsync();
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }
    }
}
