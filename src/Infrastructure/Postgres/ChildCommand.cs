using System.Diagnostics;
using System.Globalization;

namespace FaceId.Infrastructure.Postgres;

/// <summary>
/// Starts a program with a folder open as one of its files, as another user if need be, and with an almost empty environment:
/// ours holds secrets.
/// </summary>
internal sealed class ChildCommand
{
    // The folder's descriptor is the one thing that .NET cannot hand down to a child.
    private const string OpenFolder = """exec {0}<"$1"; shift; """;
    private const string OpenLog = """umask 077; exec </dev/null >>"$1" 2>&1; shift; """;
    private const string Run = """exec "$@" """;

    public required string Folder { get; init; }

    public required int FolderDescriptor { get; init; }

    /// <summary>Null runs it as ourselves.</summary>
    public required SystemUser? User { get; init; }

    public required string Program { get; init; }

    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>Runs it to its end.</summary>
    /// <returns>Whether it succeeded, and all it wrote.</returns>
    public async Task<(bool Succeeded, string Output)> RunAsync(CancellationToken cancellationToken)
    {
        using var process = Start(Script(OpenFolder) + Run, [Folder]);
        try
        {
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var errors = process.StandardError.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return (process.ExitCode == 0, await output + await errors);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    /// <summary>
    /// Starts it in a session of its own, with its output added to a file: Ctrl-C in our terminal does not reach it, and it does
    /// not need us to live on.
    /// </summary>
    public Process StartDetached(string logFile) => Start(Script(OpenFolder) + OpenLog + Run, [Folder, logFile, "setsid"]);

    private string Script(string script) => string.Format(CultureInfo.InvariantCulture, script, FolderDescriptor);

    private Process Start(string script, IEnumerable<string> first)
    {
        var start = new ProcessStartInfo("/bin/sh")
        {
            WorkingDirectory = "/",
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(script);
        start.ArgumentList.Add("sh");
        foreach (var argument in first.Concat(AsUser()).Append(Program).Concat(Arguments))
            start.ArgumentList.Add(argument);

        start.Environment.Clear();
        start.Environment["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        start.Environment["LC_ALL"] = "C";
        start.Environment["TZ"] = "UTC";
        return Process.Start(start) ?? throw new InvalidOperationException("The shell did not start.");
    }

    private IEnumerable<string> AsUser() => User is null
        ? []
        :
        [
            "setpriv",
            string.Create(CultureInfo.InvariantCulture, $"--reuid={User.Uid}"),
            string.Create(CultureInfo.InvariantCulture, $"--regid={User.Gid}"),
            "--clear-groups",
            "--no-new-privs",
        ];
}
