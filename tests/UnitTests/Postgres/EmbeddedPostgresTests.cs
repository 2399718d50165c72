using System.Diagnostics;
using System.Globalization;
using FaceId.Infrastructure.Configuration;
using FaceId.Infrastructure.Interop;
using FaceId.Infrastructure.Postgres;
using FaceId.UnitTests.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace FaceId.UnitTests.Postgres;

/// <summary>Tests of a first start make a cluster of their own; the others share one, which they leave as they found it: whole and stopped.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
[Parallelizable(ParallelScope.Self)]
public sealed class EmbeddedPostgresTests
{
    private TemporaryFolder _made = null!;
    private TemporaryFolder _folder = null!;

    [OneTimeSetUp]
    public async Task MakeOnce()
    {
        _made = new TemporaryFolder();
        await using (await AcquireAsync(_made.Path))
        {
        }
    }

    [OneTimeTearDown]
    public void RemoveMade() => _made.Dispose();

    [SetUp]
    public void SetUp() => _folder = new TemporaryFolder();

    [TearDown]
    public void TearDown()
    {
        // Whatever a failed test has left running.
        if (PostmasterFile.Read(ClusterFolder) is { } file && PostmasterFile.Identify(file.ProcessId, ClusterFolder) == PostmasterIdentity.Ours)
            _ = Libc.kill(file.ProcessId, Libc.SignalQuit);
        if (_folder != _made)
            _folder.Dispose();
    }

    [Test]
    public async Task The_first_start_makes_a_database_that_the_second_one_finds()
    {
        await using (var first = await AcquireAsync())
        {
            Assert.That(first.WasStarted, Is.True);
            await ExecuteAsync(first, "DROP TABLE IF EXISTS kept; CREATE TABLE kept AS SELECT 42 AS answer");
        }

        await using var second = await AcquireAsync();
        Assert.That(second.WasStarted, Is.True);
        Assert.That(await ScalarAsync(second, "SELECT answer FROM kept"), Is.EqualTo(42));
    }

    [Test]
    public async Task The_database_is_Unicode_with_checksums_and_owned_by_a_role_that_is_no_superuser()
    {
        await using var postgres = await AcquireAsync();

        Assert.Multiple(async () =>
        {
            Assert.That(await ScalarAsync(postgres, "SHOW server_encoding"), Is.EqualTo("UTF8"));
            Assert.That(await ScalarAsync(postgres, "SHOW data_checksums"), Is.EqualTo("on"));
            Assert.That(await ScalarAsync(postgres, "SHOW TimeZone"), Is.EqualTo("UTC"));
            Assert.That(await ScalarAsync(postgres, "SELECT lower('ÄÖÜ')"), Is.EqualTo("äöü"));
            Assert.That(await ScalarAsync(postgres, "SELECT current_user || ' ' || current_database()"), Is.EqualTo("faceid facedb"));
            Assert.That(await ScalarAsync(postgres, "SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication FROM pg_roles WHERE rolname = current_user"), Is.False);
            Assert.That(await ScalarAsync(postgres, "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()"), Is.EqualTo("faceid"));
        });
    }

    [Test]
    public async Task It_is_reached_through_a_private_socket_only()
    {
        UseMade();
        await using var postgres = await AcquireAsync();

        Assert.Multiple(async () =>
        {
            Assert.That(await ScalarAsync(postgres, "SHOW listen_addresses"), Is.Empty);
            Assert.That(postgres.Connection.Host, Is.EqualTo(ClusterFolder));
            Assert.That(Libc.StatusOf(ClusterFolder)!.Value.IsOpenToOthers, Is.False);
            Assert.That(postgres.Connection.Password, Is.Null);
        });
    }

    [Test]
    public async Task It_never_runs_as_root()
    {
        UseMade();
        await using var postgres = await AcquireAsync();

        Assert.That(Libc.StatusOf($"/proc/{postgres.ProcessId}")!.Value.Uid, Is.Not.Zero);
    }

    [Test]
    public async Task It_gets_nothing_of_our_environment()
    {
        UseMade();
        Environment.SetEnvironmentVariable("FACEID_TEST_SECRET", "s3cret");
        await using var postgres = await AcquireAsync();

        Assume.That(Libc.IsRoot || Libc.geteuid() == Libc.StatusOf($"/proc/{postgres.ProcessId}")!.Value.Uid);
        Assert.That(await File.ReadAllTextAsync($"/proc/{postgres.ProcessId}/environ"), Does.Not.Contain("FACEID").And.Not.Contain("HOME="));
    }

    [Test]
    public async Task It_leads_a_session_of_its_own_which_CtrlC_does_not_reach()
    {
        UseMade();
        await using var postgres = await AcquireAsync();

        // Fields 5 and 6 of stat(5): process group and session; the name before them may hold spaces.
        var fields = (await File.ReadAllTextAsync($"/proc/{postgres.ProcessId}/stat")).Split(") ")[^1].Split(' ');
        Assert.That((fields[2], fields[3]), Is.EqualTo(($"{postgres.ProcessId}", $"{postgres.ProcessId}")));
    }

    [Test]
    public async Task Nothing_is_left_running_after_the_end()
    {
        UseMade();
        var postgres = await AcquireAsync();
        await postgres.DisposeAsync();
        await postgres.DisposeAsync();

        Assert.Multiple(() =>
        {
            Assert.That(IsRunning(postgres.ProcessId), Is.False);
            Assert.That(File.Exists(Path.Combine(ClusterFolder, PostmasterFile.Name)), Is.False);
        });
    }

    [Test]
    public async Task A_data_folder_in_a_place_closed_to_others_and_with_an_odd_name_works()
    {
        var parent = Directory.CreateDirectory(_folder.PathOf("it's $HOME; %s \"ä\""), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        await using var postgres = await AcquireAsync(parent.CreateSubdirectory("data").FullName);

        Assert.That(await ScalarAsync(postgres, "SELECT 1"), Is.EqualTo(1));
    }

    [Test]
    public async Task A_path_too_long_for_a_socket_works()
    {
        var folder = _folder.PathOf(new string('x', 120));

        await using (var postgres = await AcquireAsync(folder))
        {
            Assert.That(await ScalarAsync(postgres, "SELECT 1"), Is.EqualTo(1));
            Assert.That(Libc.StatusOf(postgres.Connection.Host!)!.Value.IsOpenToOthers, Is.False);
            await using var beside = await AcquireAsync(folder, EmbeddedPostgresUse.Command);
            Assert.That(beside.WasStarted, Is.False);
        }

        await using var again = await AcquireAsync(folder);
        Assert.That(await ScalarAsync(again, "SELECT 1"), Is.EqualTo(1));
        Directory.Delete(again.Connection.Host!, recursive: true);
    }

    [Test]
    public async Task A_socket_folder_that_somebody_else_made_is_refused()
    {
        var folder = _folder.PathOf(new string('x', 120));
        await using var first = await AcquireAsync(folder);
        var sockets = first.Connection.Host!;
        await first.DisposeAsync();
        File.SetUnixFileMode(sockets, (UnixFileMode)0b111_111_111);

        var error = Assert.ThrowsAsync<StartupException>(() => AcquireAsync(folder));

        Assert.That(error.Message, Does.Contain(sockets).And.Contain("mode 700"));
        Directory.Delete(sockets, recursive: true);
    }

    [Test]
    public async Task A_server_that_was_killed_leaves_its_database_to_the_next_one()
    {
        UseMade();
        using var killed = await ClusterHolder.StartAsync(_folder.Path);
        await killed.KillAsync();
        Assert.That(IsRunning(killed.PostgresId), "PostgreSQL outlives the server");

        var next = await AcquireAsync();
        Assert.That((next.WasStarted, next.ProcessId), Is.EqualTo((false, killed.PostgresId)));
        Assert.That(await ScalarAsync(next, "SELECT 1"), Is.EqualTo(1));

        await next.DisposeAsync();
        Assert.That(IsRunning(killed.PostgresId), Is.False, "and ends with its new owner");
    }

    [Test]
    public async Task A_second_server_on_the_same_folder_is_refused_and_disturbs_nobody()
    {
        UseMade();
        using var server = await ClusterHolder.StartAsync(_folder.Path);

        var error = Assert.ThrowsAsync<StartupException>(() => AcquireAsync());

        Assert.That(error.Message, Does.Contain(_folder.Path).And.Contain($"process {server.ProcessId}").And.Contain("FACEID_DATA"));
        await using (var command = await AcquireAsync(EmbeddedPostgresUse.Command))
            Assert.That((command.WasStarted, command.ProcessId), Is.EqualTo((false, server.PostgresId)));
        Assert.That(IsRunning(server.PostgresId), "a command leaves the server's database alone");
        Assert.That(await server.StopAsync(), Is.Zero);
        Assert.That(IsRunning(server.PostgresId), Is.False);
    }

    [Test]
    public async Task The_last_user_stops_it_whoever_started_it()
    {
        UseMade();
        var command = await AcquireAsync(EmbeddedPostgresUse.Command);
        var server = await AcquireAsync();
        Assert.That((command.WasStarted, server.WasStarted), Is.EqualTo((true, false)));

        await command.DisposeAsync();
        Assert.That(await ScalarAsync(server, "SELECT 1"), Is.EqualTo(1));
        await server.DisposeAsync();
        Assert.That(IsRunning(server.ProcessId), Is.False);
    }

    [Test]
    public async Task Commands_that_begin_at_once_share_one_server()
    {
        UseMade();
        var all = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => AcquireAsync(EmbeddedPostgresUse.Command)));

        Assert.That(all.Select(p => p.ProcessId).Distinct().Count(), Is.EqualTo(1));
        Assert.That(all.Count(p => p.WasStarted), Is.EqualTo(1));
        await Task.WhenAll(all.Select(p => p.DisposeAsync().AsTask()));
        Assert.That(IsRunning(all[0].ProcessId), Is.False);
    }

    [Test]
    public async Task A_killed_PostgreSQL_is_started_again_with_everything_committed()
    {
        UseMade();
        int killed;
        await using (var postgres = await EmbeddedPostgres.AcquireAsync(
            new EmbeddedPostgresOptions { DataFolder = _folder.Path }, EmbeddedPostgresUse.Server, NullLogger<EmbeddedPostgres>.Instance, CancellationToken.None))
        {
            await ExecuteAsync(postgres, "DROP TABLE IF EXISTS kept; CREATE TABLE kept AS SELECT 42 AS answer");
            killed = postgres.ProcessId;
            using var process = Process.GetProcessById(killed);
            process.Kill();
            await process.WaitForExitAsync();
        }

        await using var again = await AcquireAsync();
        Assert.That(again.ProcessId, Is.Not.EqualTo(killed));
        Assert.That(await ScalarAsync(again, "SELECT answer FROM kept"), Is.EqualTo(42));
    }

    [Test]
    public async Task An_entry_left_behind_whose_number_is_now_another_process_is_cleared_away()
    {
        UseMade();
        // The very user that PostgreSQL runs as: of another user's process it would not mind.
        using var stranger = StartAsOwner("sleep", "600");
        await LeaveEntryAsync(stranger.Id);
        try
        {
            await using var postgres = await AcquireAsync();
            Assert.That(postgres.WasStarted, Is.True);
            Assert.That(stranger.HasExited, Is.False);
        }
        finally
        {
            stranger.Kill();
        }
    }

    [TestCase("")]
    [TestCase("999999999")]
    public async Task An_entry_of_no_process_is_cleared_away(string entry)
    {
        UseMade();
        if (entry.Length == 0)
            await File.WriteAllTextAsync(Path.Combine(ClusterFolder, PostmasterFile.Name), "");
        else
            await LeaveEntryAsync(int.Parse(entry, CultureInfo.InvariantCulture));

        await using var postgres = await AcquireAsync();
        Assert.That(postgres.WasStarted, Is.True);
    }

    [Test]
    public async Task A_server_that_somebody_started_by_hand_is_neither_used_nor_stopped()
    {
        UseMade();
        using var manual = StartAsOwner(PostgresBinaries.Find().PathOf("postgres"), "-D", ".", "-k", ".", "-c", "listen_addresses=");
        while (PostmasterFile.Read(ClusterFolder) is not { IsReady: true })
            await Task.Delay(5);
        try
        {
            var error = Assert.ThrowsAsync<StartupException>(() => AcquireAsync());
            Assert.That(error.Message, Does.Contain($"kill -INT {manual.Id}"));
            Assert.That(manual.HasExited, Is.False);
        }
        finally
        {
            _ = Libc.kill(manual.Id, Libc.SignalInterrupt);
            await manual.WaitForExitAsync();
        }
    }

    [Test]
    public async Task A_half_made_cluster_is_made_anew()
    {
        Directory.CreateDirectory(_folder.PathOf("postgres.new/base"));
        _folder.Write("postgres.new/PG_VERSION", "15");

        await using var postgres = await AcquireAsync();

        Assert.That(await ScalarAsync(postgres, "SELECT 1"), Is.EqualTo(1));
        Assert.That(Directory.Exists(_folder.PathOf("postgres.new")), Is.False);
    }

    [Test]
    public async Task A_database_that_was_not_made_before_the_power_failed_is_made_at_the_next_start()
    {
        UseMade();
        await using (var postgres = await AcquireAsync())
        {
            var connection = new NpgsqlConnectionStringBuilder(postgres.Connection.ConnectionString) { Username = "postgres", Database = "postgres", Pooling = false };
            await using var superuser = NpgsqlDataSource.Create(connection);
            await superuser.CreateCommand("DROP DATABASE facedb").ExecuteNonQueryAsync();
        }

        await using var again = await AcquireAsync();
        Assert.That(await ScalarAsync(again, "SELECT current_database()"), Is.EqualTo("facedb"));
    }

    [Test]
    public void A_folder_that_holds_something_else_is_left_alone()
    {
        Directory.CreateDirectory(ClusterFolder);
        if (Libc.IsRoot)
            Libc.ChangeOwner(ClusterFolder, 1, 1);
        _folder.Write("postgres/precious", "");

        Assert.ThrowsAsync(Is.TypeOf<StartupException>().With.Message.Contains("PG_VERSION is missing"), () => AcquireAsync());
        Assert.That(File.Exists(_folder.PathOf("postgres/precious")));
    }

    [Test]
    public void A_cluster_of_root_is_refused_with_the_command_that_gives_it_away()
    {
        Assume.That(Libc.IsRoot);
        Directory.CreateDirectory(ClusterFolder);

        Assert.ThrowsAsync(Is.TypeOf<StartupException>().With.Message.Contains($"chown -R postgres: '{ClusterFolder}'"), () => AcquireAsync());
    }

    [Test]
    public void Another_major_version_is_refused_with_both_versions_and_the_command_that_installs_it()
    {
        UseMade();
        using var restore = new Restored(Path.Combine(ClusterFolder, "PG_VERSION"));
        _folder.Write("postgres/PG_VERSION", "9\n");

        Assert.ThrowsAsync(
            Is.TypeOf<StartupException>().With.Message.Contains("made by PostgreSQL 9").And.Message.Contains("apt-get install -y postgresql-9"),
            () => AcquireAsync());
    }

    [Test]
    public async Task A_server_that_does_not_start_gives_its_own_reason_in_one_line()
    {
        UseMade();
        using var restore = new Restored(Path.Combine(ClusterFolder, "postgresql.conf"));
        await File.AppendAllTextAsync(Path.Combine(ClusterFolder, "postgresql.conf"), "shared_bufers = 1\n");

        var error = Assert.ThrowsAsync<StartupException>(() => AcquireAsync());
        Assert.That(error.Message, Does.Contain("shared_bufers").Or.Contain("configuration file").And.Not.Contain("\n"));
    }

    [Test]
    public async Task A_full_disk_is_called_a_full_disk()
    {
        UseMade();
        await using var postgres = await AcquireAsync();
        var cluster = Cluster.Locate(_folder.Path);

        var error = cluster.Failure("server", "LOG: starting\nFATAL:  could not write lock file \"postmaster.pid\": No space left on device\n");

        Assert.That(error.Message, Does.Contain($"disk of {_folder.Path} is full"));
    }

    [Test]
    public async Task A_start_that_is_broken_off_leaves_nothing_running()
    {
        UseMade();
        using var source = new CancellationTokenSource();
        var acquiring = AcquireAsync(cancellationToken: source.Token);
        while (!acquiring.IsCompleted && !File.Exists(Path.Combine(ClusterFolder, PostmasterFile.Name)))
            await Task.Yield();
        await source.CancelAsync();

        Assert.That(async () => await acquiring, Throws.InstanceOf<OperationCanceledException>());
        Assert.That(File.Exists(Path.Combine(ClusterFolder, PostmasterFile.Name)), Is.False);
    }

    [Test]
    public async Task An_ordinary_user_runs_it_as_themselves()
    {
        Assume.That(Libc.IsRoot, "An ordinary user already runs all the other tests.");
        // The other user must reach the program and the data.
        File.SetUnixFileMode(_folder.Path, (UnixFileMode)0b111_101_101);
        var program = Directory.CreateDirectory(_folder.PathOf("program")).FullName;
        foreach (var file in Directory.EnumerateFiles(AppContext.BaseDirectory).Where(f => Path.GetExtension(f) is ".dll" or ".json"))
            File.Copy(file, Path.Combine(program, Path.GetFileName(file)));
        var data = Directory.CreateDirectory(_folder.PathOf("data")).FullName;
        var postgres = Cluster.Locate(_folder.PathOf("nowhere")).User;
        Libc.ChangeOwner(data, postgres.Uid, postgres.Gid);

        using var holder = await ClusterHolder.StartAsync(data, postgres.Name, program);
        Assert.That(Libc.StatusOf($"/proc/{holder.PostgresId}")!.Value.Uid, Is.EqualTo(postgres.Uid));

        // Root may look in, as it may anywhere.
        await using (var command = await AcquireAsync(data, EmbeddedPostgresUse.Command))
            Assert.That(await ScalarAsync(command, "SELECT current_user::text"), Is.EqualTo("faceid"));
        Assert.That(await holder.StopAsync(), Is.Zero);
        Assert.That(Directory.Exists($"/proc/{holder.PostgresId}"), Is.False);
    }

    [Test]
    public void Missing_programs_are_named_with_the_command_that_installs_them()
    {
        var none = Assert.Throws<StartupException>(() => PostgresBinaries.Find(folder: null, path: _folder.Path, packages: _folder.Path, major: null));
        var wrong = Assert.Throws<StartupException>(() => PostgresBinaries.Find(_folder.Path));

        Assert.Multiple(() =>
        {
            Assert.That(none.Message, Does.Contain("apt-get install -y postgresql ").And.Contain("DATABASE_URL"));
            Assert.That(wrong.Message, Does.StartWith("FACEID_POSTGRES_BIN: ").And.Contain(_folder.Path));
        });
    }

    [Test]
    public void The_newest_programs_are_taken_unless_the_data_need_others()
    {
        foreach (var version in (string[])["9", "15", "17"])
        {
            Directory.CreateDirectory(_folder.PathOf($"postgresql/{version}/bin"));
            _folder.Write($"postgresql/{version}/bin/postgres", "");
            _folder.Write($"postgresql/{version}/bin/initdb", "");
        }

        var packages = _folder.PathOf("postgresql");
        Assert.Multiple(() =>
        {
            Assert.That(PostgresBinaries.Find(folder: null, path: null, packages, major: null).Major, Is.EqualTo(17));
            Assert.That(PostgresBinaries.Find(folder: null, path: null, packages, major: 15).Folder, Is.EqualTo(Path.Combine(packages, "15", "bin")));
            Assert.That(
                () => PostgresBinaries.Find(folder: null, path: null, packages, major: 16),
                Throws.TypeOf<StartupException>().With.Message.Contains("PostgreSQL 16, but only 17, 15, 9 is installed"));
        });
    }

    private string ClusterFolder => _folder.PathOf("postgres");

    private Task<EmbeddedPostgres> AcquireAsync(EmbeddedPostgresUse use = EmbeddedPostgresUse.Server, CancellationToken cancellationToken = default) =>
        AcquireAsync(_folder.Path, use, cancellationToken);

    private static Task<EmbeddedPostgres> AcquireAsync(string folder, EmbeddedPostgresUse use = EmbeddedPostgresUse.Server, CancellationToken cancellationToken = default) =>
        EmbeddedPostgres.AcquireAsync(new EmbeddedPostgresOptions { DataFolder = folder, Durable = false }, use, NullLogger<EmbeddedPostgres>.Instance, cancellationToken);

    /// <summary>Works on the shared cluster, which a server has used and left.</summary>
    private void UseMade()
    {
        _folder.Dispose();
        _folder = _made;
    }

    private bool IsRunning(int processId) => PostmasterFile.Identify(processId, ClusterFolder) == PostmasterIdentity.Ours;

    private static async Task<object?> ScalarAsync(EmbeddedPostgres postgres, string query)
    {
        await using var source = NpgsqlDataSource.Create(postgres.Connection);
        return await source.CreateCommand(query).ExecuteScalarAsync();
    }

    private static async Task ExecuteAsync(EmbeddedPostgres postgres, string statement) => await ScalarAsync(postgres, statement);

    /// <summary>What a postmaster leaves behind that had no time to clear up.</summary>
    private async Task LeaveEntryAsync(int processId)
    {
        var entry = string.Create(CultureInfo.InvariantCulture, $"{processId}\n{ClusterFolder}\n1700000000\n5432\n{ClusterFolder}\n\n  1234567         7\nready   \n");
        foreach (var file in (string[])[PostmasterFile.Name, ".s.PGSQL.5432.lock"])
        {
            await File.WriteAllTextAsync(Path.Combine(ClusterFolder, file), entry);
            var owner = Libc.StatusOf(ClusterFolder)!.Value;
            Libc.ChangeOwner(Path.Combine(ClusterFolder, file), owner.Uid, owner.Gid);
        }
    }

    /// <summary>Starts a program as the user of the cluster, in its folder.</summary>
    private Process StartAsOwner(params string[] command)
    {
        var owner = Libc.StatusOf(ClusterFolder)!.Value;
        if (Libc.IsRoot)
        {
            File.SetUnixFileMode(_folder.Path, (UnixFileMode)0b111_001_001);
            command = ["setpriv", $"--reuid={owner.Uid}", $"--regid={owner.Gid}", "--clear-groups", .. command];
        }

        return Process.Start(new ProcessStartInfo(command[0], command[1..]) { WorkingDirectory = ClusterFolder })!;
    }

    /// <summary>Gives a file its text back.</summary>
    private sealed class Restored(string file) : IDisposable
    {
        private readonly string _text = File.ReadAllText(file);

        public void Dispose() => File.WriteAllText(file, _text);
    }
}
