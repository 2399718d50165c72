using FaceId.FunctionalTests.Support;
using FaceId.Infrastructure.Configuration;
using FaceId.Infrastructure.Persistence;
using FaceId.Infrastructure.Postgres;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace FaceId.FunctionalTests.Schema;

public sealed class MigrationTests
{
    private string _url = "";
    private Database _database = null!;

    [SetUp]
    public async Task SetUpAsync()
    {
        _url = await TestDatabase.CreateEmptyAsync("migrations");
        _database = await Database.OpenAsync(
            new FaceIdSettings { DatabaseUrl = _url, DataFolder = "unused", ModelsFolder = "unused" },
            EmbeddedPostgresUse.Command,
            NullLoggerFactory.Instance,
            CancellationToken.None);
    }

    [TearDown]
    public async Task TearDownAsync()
    {
        await _database.DisposeAsync();
        await TestDatabase.DropAsync("migrations");
    }

    [Test]
    public Task Every_step_down_and_up_again_keeps_real_rows_or_drops_them_whole() => _database.WithSchemaAsync(async schema =>
    {
        var all = await schema.MigrateAsync(default);
        Assert.That(all, Has.Count.GreaterThanOrEqualTo(2));
        await FillAsync();

        // One step at a time, each taken back and applied again.
        foreach (var expected in all.Reverse())
        {
            Assert.That(await schema.RollbackAsync(to: null, default), Is.EqualTo(new[] { expected }));
        }

        Assert.That((await schema.StatusAsync(default)).Count(migration => migration.Applied), Is.Zero);
        Assert.That(await ScalarAsync("SELECT count(*) FROM pg_class WHERE relname IN ('users', 'faces', 'recognition_logs', 'reports', 'recognition_logs_id_seq')"), Is.Zero);
        Assert.That(await schema.MigrateAsync(default), Is.EqualTo(all));
        await FillAsync();
    });

    [Test]
    public Task Rows_outlive_the_step_that_does_not_concern_them() => _database.WithSchemaAsync(async schema =>
    {
        await schema.MigrateAsync(default);
        await FillAsync();

        await schema.RollbackAsync(to: "CreateTables", default);
        await schema.MigrateAsync(default);

        Assert.That(await ScalarAsync("SELECT count(*) FROM users JOIN faces ON faces.user_id = users.id JOIN recognition_logs l ON l.user_id = users.id"), Is.EqualTo(1));
    });

    [Test]
    public Task A_step_up_that_the_rows_do_not_allow_changes_nothing() => _database.WithSchemaAsync(async schema =>
    {
        var all = await schema.MigrateAsync(default);
        await schema.RollbackAsync(to: "CreateTables", default);
        await ExecuteAsync("INSERT INTO users (email, name, hashed_password) VALUES ('ada@example.com', 'Ada', ''), ('ADA@example.com', 'Ada', '')");

        Assert.That(async () => await schema.MigrateAsync(default), Throws.InstanceOf<PostgresException>());

        Assert.That((await schema.StatusAsync(default)).Select(migration => migration.Applied), Is.EqualTo(new[] { true, false }.Concat(Enumerable.Repeat(false, all.Count - 2))));
        Assert.That(await ScalarAsync("SELECT count(*) FROM users"), Is.EqualTo(2));
    });

    [Test]
    public Task A_name_that_is_not_there_is_refused() => _database.WithSchemaAsync(async schema =>
    {
        await schema.MigrateAsync(default);

        Assert.That(async () => await schema.RollbackAsync("Nonsense", default), Throws.TypeOf<UnknownMigrationException>().With.Message.Contains("faceid db status"));
        Assert.That((await schema.StatusAsync(default)).All(migration => migration.Applied));
    });

    [Test]
    public Task A_database_of_a_newer_program_is_left_alone() => _database.WithSchemaAsync(async schema =>
    {
        await schema.MigrateAsync(default);
        await ExecuteAsync("INSERT INTO \"__EFMigrationsHistory\" VALUES ('29990101000000_FromTheFuture', '99.0')");

        Assert.That(async () => await schema.MigrateAsync(default), Throws.TypeOf<UnknownMigrationException>().With.Message.Contains("FromTheFuture"));
    });

    [Test]
    public async Task Many_servers_that_start_at_once_migrate_once()
    {
        var servers = await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            IReadOnlyList<string> applied = [];
            await _database.WithSchemaAsync(async schema => applied = await schema.MigrateAsync(default));
            return applied.Count;
        }));

        Assert.That(servers.Count(applied => applied > 0), Is.EqualTo(1));
    }

    [Test]
    public async Task The_script_makes_the_same_database_and_can_be_run_twice()
    {
        var script = Database.Script();

        await ExecuteAsync(script);
        await ExecuteAsync(script);

        await _database.WithSchemaAsync(async schema => Assert.That((await schema.StatusAsync(default)).All(migration => migration.Applied)));
        await FillAsync();
    }

    [Test]
    public void The_model_has_no_change_that_a_migration_lacks()
    {
        using var db = new DesignTimeFactory().CreateDbContext([]);

        Assert.That(db.Database.HasPendingModelChanges(), Is.False, "Run: dotnet ef migrations add NAME (see docs/operations.md)");
    }

    [Test]
    public Task Rows_that_came_before_their_partition_move_into_it() => _database.WithSchemaAsync(async schema =>
    {
        await schema.MigrateAsync(default);
        var partitions = new LogPartitions(_database.DataSource);
        await ExecuteAsync("SELECT setval('recognition_logs_id_seq', 7000005); INSERT INTO recognition_logs (action, success) VALUES ('verify', true)");
        Assert.That(await ScalarAsync("SELECT count(*) FROM recognition_logs_default"), Is.EqualTo(1));

        Assert.That(await partitions.EnsureAsync(default), Is.EqualTo(1 + LogPartitions.Ahead));
        Assert.That(await partitions.EnsureAsync(default), Is.Zero, "They are there.");

        Assert.That(await ScalarAsync("SELECT count(*) FROM recognition_logs_default"), Is.Zero);
        Assert.That(await ScalarAsync("SELECT count(*) FROM recognition_logs_from_7000001"), Is.EqualTo(1));
        Assert.That(await ScalarAsync("SELECT count(*) FROM recognition_logs WHERE id = 7000006"), Is.EqualTo(1));
    });

    /// <summary>Rows as the seed's programs write them: only the given columns.</summary>
    private Task FillAsync() => ExecuteAsync("""
        INSERT INTO users (id, email, name, hashed_password, is_active, is_verified, mfa_enabled, mfa_secret, created_at, updated_at)
        VALUES (1, 'ada@example.com', 'Ada', '$2b$12$x', true, false, false, NULL, now(), now());
        INSERT INTO faces (user_id, encoding, image_path, created_at, updated_at) VALUES (1, decode(repeat('00', 512), 'hex'), NULL, now(), now());
        INSERT INTO recognition_logs (user_id, action, success, confidence, ip_address, user_agent, created_at)
        VALUES (1, 'verify', true, 0.98, '192.0.2.1', 'seed', now());
        INSERT INTO reports (title, report_type, content, created_at) VALUES ('Yesterday', 'daily', '{}', now());
        """);

    private async Task ExecuteAsync(string sql)
    {
        await using var command = _database.DataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private async Task<long> ScalarAsync(string sql)
    {
        await using var command = _database.DataSource.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
