using System.Diagnostics;
using System.Globalization;

namespace FaceId.UnitTests.Postgres;

/// <summary>Another process that serves a data folder, see <see cref="StartupHook"/>.</summary>
internal sealed class ClusterHolder : IDisposable
{
    private readonly Process _process;

    private ClusterHolder(Process process) => _process = process;

    /// <summary>The PostgreSQL that it runs.</summary>
    public required int PostgresId { get; init; }

    public int ProcessId => _process.Id;

    /// <param name="user">The user it runs as; null for our own.</param>
    /// <param name="program">The folder of the program, which that user must be able to read.</param>
    public static async Task<ClusterHolder> StartAsync(string dataFolder, string? user = null, string? program = null)
    {
        var assembly = Path.Combine(program ?? AppContext.BaseDirectory, Path.GetFileName(typeof(ClusterHolder).Assembly.Location));
        string[] command = [Environment.ProcessPath!, assembly];
        if (user is not null)
            command = ["setpriv", $"--reuid={user}", $"--regid={user}", "--clear-groups", .. command];

        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
            Environment = { ["DOTNET_STARTUP_HOOKS"] = assembly, [StartupHook.FolderVariable] = dataFolder },
        };
        var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        if (await process.StandardOutput.ReadLineAsync() is not { } line)
            throw new AssertionException($"The other process failed: {await errors}");
        return new ClusterHolder(process) { PostgresId = int.Parse(line, CultureInfo.InvariantCulture) };
    }

    /// <summary>Ends it as a crash would.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Ends it in an orderly way.</summary>
    public async Task<int> StopAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }
}
