using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace FaceId.Infrastructure.Interop;

/// <summary>
/// An advisory lock between processes (flock). The kernel drops it when its holder dies, however that happens, so it is never
/// stale. Its file stays behind and means nothing by itself.
/// </summary>
internal sealed class FileLock : IDisposable
{
    private readonly SafeFileHandle _file;

    private FileLock(SafeFileHandle file) => _file = file;

    /// <returns>The lock, or null while another holder's lock excludes it.</returns>
    public static FileLock? TryAcquire(string path, LockKind kind)
    {
        // Not File.OpenHandle: that one takes locks of its own by the same call.
        var file = Libc.Open(path, Libc.ReadWrite | Libc.Create | Libc.CloseOnExec, mode: 0b110_000_000);
        var operation = kind == LockKind.Exclusive ? Libc.LockExclusive : Libc.LockShared;
        if (Libc.flock(file, operation | Libc.LockNonBlocking) == 0)
            return new FileLock(file);

        file.Dispose();
        return null;
    }

    /// <summary>Waits for its turn.</summary>
    /// <exception cref="TimeoutException">It did not come.</exception>
    public static async Task<FileLock> AcquireAsync(string path, LockKind kind, TimeSpan timeout, CancellationToken cancellationToken)
    {
        for (var deadline = Environment.TickCount64 + (long)timeout.TotalMilliseconds; ;)
        {
            if (TryAcquire(path, kind) is { } acquired)
                return acquired;
            if (Environment.TickCount64 >= deadline)
                throw new TimeoutException($"Another process has held {path} for too long.");
            await Task.Delay(TimeSpan.FromMilliseconds(10), cancellationToken);
        }
    }

    /// <summary>Leaves the holder's process id in the file, for whoever is refused.</summary>
    public void WriteHolder()
    {
        var id = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}\n"));
        RandomAccess.SetLength(_file, 0);
        RandomAccess.Write(_file, id, fileOffset: 0);
    }

    /// <returns>The process id that the last holder left, or null.</returns>
    public static int? ReadHolder(string path)
    {
        using var file = Libc.Open(path, Libc.ReadOnly | Libc.CloseOnExec);
        Span<byte> text = stackalloc byte[16];
        text = text[..RandomAccess.Read(file, text, fileOffset: 0)];
        return int.TryParse(text, CultureInfo.InvariantCulture, out var id) ? id : null;
    }

    public void Dispose() => _file.Dispose();
}

internal enum LockKind
{
    /// <summary>Any number of holders, but none while there is an exclusive one.</summary>
    Shared,

    /// <summary>One holder.</summary>
    Exclusive,
}
