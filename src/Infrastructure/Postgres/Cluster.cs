using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using FaceId.Infrastructure.Configuration;
using FaceId.Infrastructure.Interop;

namespace FaceId.Infrastructure.Postgres;

/// <summary>The files of an embedded cluster and the user they belong to. Nothing here is running.</summary>
internal sealed class Cluster
{
    public const string Database = "facedb";

    /// <summary>Owns the database and nothing else; the service works as this role.</summary>
    public const string Role = "faceid";

    public const string Superuser = "postgres";
    public const int Port = 5432;

    /// <summary>The descriptor under which PostgreSQL finds its folder; a plain sh knows only single digits.</summary>
    private const int FolderDescriptor = 9;

    private const string IdentMap = "faceid";
    private const int LongestSocketPath = 107;
    private const long SmallestDisk = 64L << 20;

    private Cluster(string dataFolder, SystemUser user)
    {
        DataFolder = dataFolder;
        Folder = Path.Combine(dataFolder, "postgres");
        User = user;
        (SocketFolder, HasSocketElsewhere) = ChooseSocketFolder();
    }

    /// <summary>
    /// What PostgreSQL is told its folder is. It gets the folder as an open file instead of a path, because as root we hand it to an
    /// unprivileged user who need not be able to walk there: the data folder may lie in /root and is closed to others itself.
    /// </summary>
    public static string InheritedFolder { get; } = string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{FolderDescriptor}");

    public string DataFolder { get; }

    public string Folder { get; }

    public SystemUser User { get; }

    public string LogFile => Path.Combine(DataFolder, "postgres.log");

    public string SocketFolder { get; }

    /// <summary>True when a path in the cluster's own folder would be too long for a socket.</summary>
    public bool HasSocketElsewhere { get; }

    /// <summary>Finds the cluster of a data folder, which need not exist yet.</summary>
    /// <exception cref="StartupException">It belongs to somebody we cannot act as.</exception>
    public static Cluster Locate(string dataFolder) => new(dataFolder, SystemUser.ForCluster(Path.Combine(dataFolder, "postgres")));

    /// <summary>The major version of PostgreSQL that made the cluster, or null while there is none.</summary>
    /// <exception cref="StartupException">The folder holds something else.</exception>
    public int? ReadVersion()
    {
        if (!Directory.Exists(Folder))
            return null;

        var file = Path.Combine(Folder, "PG_VERSION");
        if (!File.Exists(file))
            throw new StartupException($"{Folder} holds no PostgreSQL database (PG_VERSION is missing). Restore it, or move it away to begin anew.");
        return int.TryParse(File.ReadAllText(file).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var major)
            ? major
            : throw new StartupException($"{file} does not hold the version of a PostgreSQL that can be used here.");
    }

    /// <summary>Makes the cluster beside its place and moves it there when it is complete, so that a half-made one is never taken for whole.</summary>
    /// <exception cref="StartupException">initdb failed.</exception>
    public async Task CreateAsync(PostgresBinaries binaries, bool durable, CancellationToken cancellationToken)
    {
        var free = new DriveInfo(DataFolder).AvailableFreeSpace;
        if (free < SmallestDisk)
            throw DiskFull();

        var draft = $"{Folder}.new";
        if (Directory.Exists(draft))
            Directory.Delete(draft, recursive: true);
        try
        {
            if (OperatingSystem.IsWindows())
                throw new PlatformNotSupportedException("The embedded PostgreSQL runs on Linux.");
            Directory.CreateDirectory(draft, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            if (Libc.IsRoot)
                Libc.ChangeOwner(draft, User.Uid, User.Gid);

            var arguments = new List<string>
            {
                "--pgdata", InheritedFolder, "--username", Superuser, "--auth", "peer", "--data-checksums", "--encoding", "UTF8", "--locale", "C.UTF-8",
            };
            // From 17 on PostgreSQL sorts by itself, which no update of the C library can break.
            if (binaries.Major >= 17)
                arguments.AddRange(["--locale-provider", "builtin"]);
            if (!durable)
                arguments.Add("--no-sync");

            var (succeeded, output) = await Command(draft, binaries.PathOf("initdb"), arguments).RunAsync(cancellationToken);
            if (!succeeded)
                throw Failure("initdb", output);
            await ConfigureAsync(draft, cancellationToken);
            Directory.Move(draft, Folder);
            Configuration.DataFolder.Flush(DataFolder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"The database cannot be made in {DataFolder}: {e.Message}", e);
        }
        finally
        {
            if (Directory.Exists(draft))
                Directory.Delete(draft, recursive: true);
        }
    }

    /// <summary>A program of PostgreSQL's that works on a folder, as the cluster's user and with nothing of our environment.</summary>
    public ChildCommand Command(string folder, string program, IEnumerable<string> arguments) => new()
    {
        Folder = folder,
        FolderDescriptor = FolderDescriptor,
        User = Libc.IsRoot ? User : null,
        Program = program,
        Arguments = [.. arguments],
    };

    /// <summary>What a program's output says went wrong, in one line.</summary>
    public StartupException Failure(string program, string output)
    {
        if (output.Contains("No space left on device", StringComparison.Ordinal) || output.Contains("Disk quota exceeded", StringComparison.Ordinal))
            return DiskFull();

        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var reason = Array.FindLast(lines, l => l.Contains("FATAL:", StringComparison.Ordinal) || l.Contains("PANIC:", StringComparison.Ordinal) || l.Contains("error:", StringComparison.Ordinal))
            ?? lines.LastOrDefault()
            ?? "it said nothing.";
        var more = File.Exists(LogFile) ? $" (more in {LogFile})" : "";
        return new StartupException($"PostgreSQL's {program} failed on {Folder}: {reason}{more}");
    }

    /// <summary>Makes sure that the socket's folder is ours alone. It may lie in /tmp, where anybody could have put it.</summary>
    /// <exception cref="StartupException">Somebody else's is in its place.</exception>
    public void PrepareSocketFolder()
    {
        if (!HasSocketElsewhere || OperatingSystem.IsWindows())
            return;

        if (Libc.StatusOf(SocketFolder) is null)
        {
            Directory.CreateDirectory(SocketFolder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            if (Libc.IsRoot)
                Libc.ChangeOwner(SocketFolder, User.Uid, User.Gid);
        }

        var status = Libc.StatusOf(SocketFolder);
        if (status is not { IsFolder: true, IsOpenToOthers: false } || status.Value.Uid != User.Uid)
            throw new StartupException($"{SocketFolder} must be a folder of {SystemUser.Called(User.Uid)} with mode 700. Remove it and start again.");
    }

    private StartupException DiskFull()
    {
        var free = new DriveInfo(DataFolder).AvailableFreeSpace >> 20;
        return new StartupException(string.Create(CultureInfo.InvariantCulture, $"The disk of {DataFolder} is full ({free} MB free); PostgreSQL needs at least {SmallestDisk >> 20} MB to start. Make room, or choose another folder with FACEID_DATA."));
    }

    private (string Folder, bool Elsewhere) ChooseSocketFolder()
    {
        var socket = $"/.s.PGSQL.{Port}";
        if (Encoding.UTF8.GetByteCount(Folder + socket) <= LongestSocketPath)
            return (Folder, false);

        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Folder)).AsSpan(0, 8));
        var parent = Libc.IsRoot ? "/run" : Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is { Length: > 0 } own ? own : "/tmp";
        if (!Directory.Exists(parent) || Encoding.UTF8.GetByteCount(parent) > 60)
            parent = "/tmp";
        return (Path.Combine(parent, $"faceid-{hash}"), true);
    }

    private async Task ConfigureAsync(string folder, CancellationToken cancellationToken)
    {
        // Small, because a gallery of a million faces takes about a gigabyte of tables, and the index lives in our own memory.
        const string settings = """

            # From here on FaceId's. Change what you like: these lines are written once. Where the socket is, and that nobody
            # listens on the network, is said on the command line and cannot be changed here.
            max_connections = 80
            shared_buffers = 96MB
            work_mem = 8MB
            maintenance_work_mem = 64MB
            max_wal_size = 512MB
            wal_compression = on
            jit = off
            max_logical_replication_workers = 0
            timezone = 'UTC'
            log_timezone = 'UTC'
            log_checkpoints = off
            # Without the details of errors: they quote rows, and with them e-mail addresses.
            log_error_verbosity = terse

            """;
        await File.AppendAllTextAsync(Path.Combine(folder, "postgresql.conf"), settings, cancellationToken);

        // initdb made both files, so they keep its user and mode.
        var rules = $"""
            # Whoever may enter this folder is known to the operating system, whose word counts here; there are no passwords.
            local  all  all  peer  map={IdentMap}

            """;
        await File.WriteAllTextAsync(Path.Combine(folder, "pg_hba.conf"), rules, cancellationToken);

        var users = string.Join("", ((string[])[User.Name, "root"]).Distinct().SelectMany(_ => (string[])[Role, Superuser], (user, role) => $"{IdentMap}  \"{user}\"  {role}\n"));
        await File.WriteAllTextAsync(Path.Combine(folder, "pg_ident.conf"), $"# map  user of the system  role\n{users}", cancellationToken);
    }
}
