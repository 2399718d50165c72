using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace FaceId.FunctionalTests.Support;

/// <summary>The program as an operator starts it: <c>build/run.sh</c>, in a folder of its own.</summary>
internal sealed partial class FaceIdProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly ConcurrentQueue<string> _errors = new();

    private FaceIdProcess(Process process, Uri address)
    {
        _process = process;
        Address = address;
        process.OutputDataReceived += (_, line) => Keep(_output, line.Data);
        process.ErrorDataReceived += (_, line) => Keep(_errors, line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public Uri Address { get; }

    public int Id => _process.Id;

    public int ExitCode => _process.ExitCode;

    public string Output => string.Join('\n', _output);

    public string Errors => string.Join('\n', _errors);

    /// <summary>Starts <c>build/run.sh</c> with these arguments and settings in a folder.</summary>
    public static FaceIdProcess Start(string folder, string[] arguments, params (string Key, string Value)[] settings)
    {
        var address = new Uri($"http://127.0.0.1:{FreePort()}");
        var start = new ProcessStartInfo("bash")
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        start.ArgumentList.Add(Path.Combine(Photos.Repository, "build/run.sh"));
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var inherited in (string[])["DATABASE_URL", "FACEID_DATA", "FACEID_KEY", "FACEID_KEY_OLD", "FACEID_ADMIN_EMAIL", "FACEID_ADMIN_PASSWORD", "FACEID_SMTP_URL", "FACEID_MAIL_FROM"])
        {
            start.Environment.Remove(inherited);
        }

        start.Environment["ASPNETCORE_URLS"] = address.ToString();
        foreach (var (key, value) in settings)
        {
            start.Environment[key] = value;
        }

        return new FaceIdProcess(Process.Start(start)!, address);
    }

    /// <summary>Runs a command to its end.</summary>
    public static Task<FaceIdProcess> RunAsync(string folder, string[] arguments, params (string Key, string Value)[] settings) =>
        RunAsync(folder, arguments, input: "", settings);

    /// <summary>Runs a command to its end, with something to read on standard input.</summary>
    public static async Task<FaceIdProcess> RunAsync(string folder, string[] arguments, string input, params (string Key, string Value)[] settings)
    {
        var process = Start(folder, arguments, settings);
        try
        {
            await process._process.StandardInput.WriteAsync(input);
            process._process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading.
        }

        await process.ExitAsync();
        return process;
    }

    /// <summary>Waits until the server says it is ready.</summary>
    public async Task<FaceIdProcess> ReadyAsync()
    {
        using var http = new HttpClient { BaseAddress = Address };
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < Patience)
        {
            Assert.That(_process.HasExited, Is.False, () => $"The server ended.\n{Output}\n{Errors}");
            try
            {
                if ((await http.GetAsync(new Uri("/health/ready", UriKind.Relative))).StatusCode == HttpStatusCode.OK)
                {
                    return this;
                }
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            await Task.Delay(50);
        }

        throw new TimeoutException($"The server did not become ready.\n{Output}\n{Errors}");
    }

    public Api Client() => new(new HttpClient { BaseAddress = Address });

    /// <summary>What the operator reads after this word on its line.</summary>
    public async Task<string> PrintedAsync(string word)
    {
        string? found = null;
        await Eventually.IsAsync(true, () =>
        {
            found = _output.Select(line => line.Trim()).FirstOrDefault(line => line.StartsWith(word, StringComparison.Ordinal))?[word.Length..].Trim();
            return Task.FromResult(found is not null);
        });
        return found!;
    }

    /// <summary>Ends the process at once, as a crash does; what it started goes on.</summary>
    public async Task CrashAsync()
    {
        _process.Kill(entireProcessTree: false);
        await ExitAsync();
    }

    /// <summary>Ends it as Ctrl-C does.</summary>
    public async Task InterruptAsync()
    {
        const int sigint = 2;
        Assert.That(Kill(_process.Id, sigint), Is.Zero);
        await ExitAsync();
    }

    /// <summary>Waits for its end.</summary>
    public async Task ExitAsync()
    {
        using var timeout = new CancellationTokenSource(Patience);
        await _process.WaitForExitAsync(timeout.Token);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }

    private static void Keep(ConcurrentQueue<string> lines, string? line)
    {
        if (line is not null)
        {
            lines.Enqueue(line);
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);
}
