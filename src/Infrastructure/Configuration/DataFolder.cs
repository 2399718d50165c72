using FaceId.Infrastructure.Interop;

namespace FaceId.Infrastructure.Configuration;

/// <summary>The folder of everything that a single machine keeps: keys, outbox, embedded database.</summary>
public static class DataFolder
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Makes the folder, closed to other users. One that exists keeps its mode.</summary>
    /// <exception cref="StartupException">It cannot be made.</exception>
    public static void Create(string path)
    {
        try
        {
            if (OperatingSystem.IsWindows())
                Directory.CreateDirectory(path);
            else
                Directory.CreateDirectory(path, OwnerOnly);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"The data folder {path} cannot be made: {e.Message} Choose another one with FACEID_DATA.", e);
        }
    }

    /// <summary>Puts the folder's list of names on the disk, so that a file just made is found after a power failure.</summary>
    internal static void Flush(string path)
    {
        using var folder = Libc.Open(path, Libc.ReadOnly | Libc.CloseOnExec);
        _ = Libc.fsync(folder);
    }
}
