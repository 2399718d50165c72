using System.Diagnostics;
using System.Globalization;
using FaceId.Infrastructure.Configuration;
using FaceId.Infrastructure.Interop;
using Microsoft.Extensions.Logging;

namespace FaceId.Infrastructure.Postgres;

/// <summary>The server process of an embedded cluster. Whoever starts or stops one holds the cluster's lock.</summary>
internal sealed partial class Postmaster : IDisposable
{
    private const long LongestOldLog = 8L << 20;
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan KillTimeout = TimeSpan.FromSeconds(5);

    // Backends of a postmaster that was killed end by themselves, but may take a moment to notice.
    private static readonly TimeSpan OrphansTimeout = TimeSpan.FromSeconds(15);

    private readonly Cluster _cluster;
    private readonly Process? _process;
    private readonly ILogger _logger;

    private Postmaster(Cluster cluster, int processId, Process? process, ILogger logger)
    {
        _cluster = cluster;
        ProcessId = processId;
        _process = process;
        _logger = logger;
    }

    public int ProcessId { get; }

    /// <summary>False when it already ran.</summary>
    public bool WasStarted => _process is not null;

    /// <summary>Takes over the postmaster that runs on the cluster, or starts one; it accepts connections then.</summary>
    /// <exception cref="StartupException">It does not start; the message says why.</exception>
    public static async Task<Postmaster> AdoptOrStartAsync(
        Cluster cluster, EmbeddedPostgresOptions options, PostgresBinaries binaries, ILogger logger, CancellationToken cancellationToken)
    {
        var deadline = Stopwatch.GetTimestamp() + (long)(options.StartTimeout.TotalSeconds * Stopwatch.Frequency);
        if (await AdoptAsync(cluster, deadline, logger, cancellationToken) is { } adopted)
            return adopted;
        cluster.PrepareSocketFolder();
        return await StartAsync(cluster, options, binaries, deadline, logger, cancellationToken);
    }

    /// <summary>Ends it in an orderly way: running statements are broken off, everything committed is on the disk.</summary>
    public async Task StopAsync(TimeSpan timeout)
    {
        if (!IsRunning())
            return;

        // Fast shutdown; a plain SIGTERM would wait for every client to leave.
        _ = Libc.kill(ProcessId, Libc.SignalInterrupt);
        if (await WaitForEndAsync(timeout))
        {
            LogStopped(_logger, ProcessId);
            return;
        }

        LogStopIsSlow(_logger, ProcessId, timeout.TotalSeconds);
        _ = Libc.kill(ProcessId, Libc.SignalQuit);
        if (!await WaitForEndAsync(KillTimeout))
            LogStillThere(_logger, ProcessId);
    }

    public void Dispose() => _process?.Dispose();

    private static async Task<Postmaster?> AdoptAsync(Cluster cluster, long deadline, ILogger logger, CancellationToken cancellationToken)
    {
        for (; ; await Task.Delay(PollInterval, cancellationToken))
        {
            if (PostmasterFile.Read(cluster.Folder) is not { } file)
            {
                RemoveIfEmpty(cluster);
                return null;
            }

            switch (PostmasterFile.Identify(file.ProcessId, cluster.Folder))
            {
                case PostmasterIdentity.Gone:
                    // An entry without a process: PostgreSQL clears it up, and sees whether parts of the old server still live.
                    // A process that nobody waited for is an exception, because PostgreSQL takes it for alive.
                    if (Directory.Exists(string.Create(CultureInfo.InvariantCulture, $"/proc/{file.ProcessId}")))
                        RemoveLeftovers(cluster, file, logger);
                    return null;
                case PostmasterIdentity.Other:
                    RemoveLeftovers(cluster, file, logger);
                    return null;
                case PostmasterIdentity.Foreign:
                    throw new StartupException(string.Create(
                        CultureInfo.InvariantCulture,
                        $"A PostgreSQL that faceid did not start serves {cluster.Folder} (process {file.ProcessId}). Stop it with: kill -INT {file.ProcessId}"));
                case PostmasterIdentity.Ours when file.IsReady:
                    LogAdopted(logger, file.ProcessId);
                    return new Postmaster(cluster, file.ProcessId, process: null, logger);
            }

            if (Stopwatch.GetTimestamp() > deadline)
                throw new StartupException(string.Create(CultureInfo.InvariantCulture, $"PostgreSQL (process {file.ProcessId}) has been {file.Status} for too long; see {cluster.LogFile}."));
        }
    }

    private static async Task<Postmaster> StartAsync(
        Cluster cluster, EmbeddedPostgresOptions options, PostgresBinaries binaries, long deadline, ILogger logger, CancellationToken cancellationToken)
    {
        RotateLog(cluster.LogFile);
        var orphansDeadline = Stopwatch.GetTimestamp() + (long)(OrphansTimeout.TotalSeconds * Stopwatch.Frequency);
        while (true)
        {
            var logStart = File.Exists(cluster.LogFile) ? new FileInfo(cluster.LogFile).Length : 0;
            var started = Stopwatch.GetTimestamp();
            var process = cluster.Command(cluster.Folder, binaries.PathOf("postgres"), Arguments(cluster, options)).StartDetached(cluster.LogFile);
            var postmaster = new Postmaster(cluster, process.Id, process, logger);
            try
            {
                if (await postmaster.WaitUntilReadyAsync(deadline, cancellationToken))
                {
                    var milliseconds = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
                    LogStarted(logger, process.Id, milliseconds);
                    return postmaster;
                }
            }
            catch
            {
                await postmaster.StopAsync(options.StopTimeout);
                postmaster.Dispose();
                throw;
            }

            postmaster.Dispose();
            var said = ReadFrom(cluster.LogFile, logStart);
            if (!said.Contains("pre-existing shared memory block", StringComparison.Ordinal) || Stopwatch.GetTimestamp() > orphansDeadline)
                throw cluster.Failure("server", said);
            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellationToken);
        }
    }

    private static List<string> Arguments(Cluster cluster, EmbeddedPostgresOptions options)
    {
        List<string> arguments =
        [
            "-D", Cluster.InheritedFolder,
            "-k", cluster.HasSocketElsewhere ? cluster.SocketFolder : Cluster.InheritedFolder,
            "-p", Cluster.Port.ToString(CultureInfo.InvariantCulture),
            "-c", "listen_addresses=",
            "-c", "unix_socket_permissions=0700",
            "-c", "cluster_name=faceid",
            "-c", $"{PostmasterFile.FolderSetting}={PostmasterFile.Mark(cluster.Folder)}",
        ];
        if (!options.Durable)
            arguments.AddRange(["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off"]);
        return arguments;
    }

    /// <returns>False when it ended instead.</returns>
    private async Task<bool> WaitUntilReadyAsync(long deadline, CancellationToken cancellationToken)
    {
        while (!_process!.HasExited)
        {
            if (PostmasterFile.Read(_cluster.Folder) is { IsReady: true } file && file.ProcessId == ProcessId)
                return true;
            if (Stopwatch.GetTimestamp() > deadline)
                throw new StartupException($"PostgreSQL does not get ready; see {_cluster.LogFile}.");
            await Task.Delay(PollInterval, cancellationToken);
        }

        return false;
    }

    private bool IsRunning() => _process is not null
        ? !_process.HasExited
        : PostmasterFile.Identify(ProcessId, _cluster.Folder) == PostmasterIdentity.Ours;

    private async Task<bool> WaitForEndAsync(TimeSpan timeout)
    {
        for (var started = Stopwatch.GetTimestamp(); IsRunning();)
        {
            if (Stopwatch.GetElapsedTime(started) > timeout)
                return false;
            await Task.Delay(PollInterval);
        }

        return true;
    }

    /// <summary>PostgreSQL refuses to start while a process lives that one of these names, whatever that process is.</summary>
    private static void RemoveLeftovers(Cluster cluster, PostmasterFile file, ILogger logger)
    {
        LogLeftovers(logger, file.ProcessId);
        File.Delete(Path.Combine(cluster.Folder, PostmasterFile.Name));
        File.Delete(Path.Combine(cluster.SocketFolder, string.Create(CultureInfo.InvariantCulture, $".s.PGSQL.{Cluster.Port}.lock")));
    }

    /// <summary>What a full disk leaves behind, and PostgreSQL refuses to start with.</summary>
    private static void RemoveIfEmpty(Cluster cluster)
    {
        var file = new FileInfo(Path.Combine(cluster.Folder, PostmasterFile.Name));
        if (file is { Exists: true, Length: 0 })
            file.Delete();
    }

    private static void RotateLog(string file)
    {
        if (File.Exists(file) && new FileInfo(file).Length > LongestOldLog)
            File.Move(file, $"{file}.1", overwrite: true);
    }

    private static string ReadFrom(string file, long start)
    {
        if (!File.Exists(file))
            return "";
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        stream.Position = Math.Min(start, stream.Length);
        return new StreamReader(stream).ReadToEnd();
    }

    [LoggerMessage(EventId = 261, Level = LogLevel.Information, Message = "PostgreSQL started as process {ProcessId} in {Milliseconds:0} ms")]
    private static partial void LogStarted(ILogger logger, int processId, double milliseconds);

    [LoggerMessage(EventId = 262, Level = LogLevel.Information, Message = "PostgreSQL was still running as process {ProcessId}")]
    private static partial void LogAdopted(ILogger logger, int processId);

    [LoggerMessage(EventId = 263, Level = LogLevel.Information, Message = "PostgreSQL stopped (process {ProcessId})")]
    private static partial void LogStopped(ILogger logger, int processId);

    [LoggerMessage(EventId = 264, Level = LogLevel.Warning, Message = "PostgreSQL (process {ProcessId}) has not stopped within {Seconds:0} s and is told to stop at once")]
    private static partial void LogStopIsSlow(ILogger logger, int processId, double seconds);

    [LoggerMessage(EventId = 265, Level = LogLevel.Error, Message = "PostgreSQL (process {ProcessId}) does not stop")]
    private static partial void LogStillThere(ILogger logger, int processId);

    [LoggerMessage(EventId = 266, Level = LogLevel.Warning, Message = "postmaster.pid names process {ProcessId}, which is not PostgreSQL on this folder; removed it")]
    private static partial void LogLeftovers(ILogger logger, int processId);
}
