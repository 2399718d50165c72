using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FaceId.Infrastructure.Interop;

/// <summary>The calls of Linux that .NET has no API for. Names and numbers are those of its manual, the same on x64 and arm64.</summary>
internal static partial class Libc
{
    public const int ReadOnly = 0;
    public const int ReadWrite = 2;
    public const int Create = 0x40;
    public const int CloseOnExec = 0x80000;

    public const int LockExclusive = 2;
    public const int LockShared = 1;
    public const int LockNonBlocking = 4;

    public const int SignalInterrupt = 2;
    public const int SignalQuit = 3;

    public const int AdviseHugePages = 14;

    private const int NoSuchFile = 2;
    private const int Exists = 17;
    private const int CurrentDirectory = -100;
    private const int NoFollow = 0x100;
    private const uint BasicStatistics = 0x7ff;

    public static bool IsRoot => geteuid() == 0;

    /// <summary>Opens a file or, unlike .NET, a folder.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public static SafeFileHandle Open(string path, int flags, int mode = 0)
    {
        var handle = open(path, flags, mode);
        return handle >= 0 ? new SafeFileHandle(handle, ownsHandle: true) : throw Failure(path);
    }

    /// <summary>What a name stands for; null when it stands for nothing.</summary>
    /// <param name="follow">False looks at a symbolic link itself rather than at what it leads to.</param>
    /// <exception cref="IOException">It cannot be looked at.</exception>
    public static FileStatus? StatusOf(string path, bool follow = false)
    {
        if (statx(CurrentDirectory, path, follow ? 0 : NoFollow, BasicStatistics, out var status) == 0)
            return new FileStatus(status.Uid, status.Gid, status.Mode, $"{status.DeviceMajor}:{status.DeviceMinor}:{status.Inode}");
        return Marshal.GetLastPInvokeError() == NoSuchFile ? null : throw Failure(path);
    }

    /// <exception cref="IOException">The owner cannot be changed.</exception>
    public static void ChangeOwner(string path, uint uid, uint gid)
    {
        if (lchown(path, uid, gid) != 0)
            throw Failure(path);
    }

    /// <summary>Gives a file one more name, unless that name is taken: of any number who try at once, one succeeds.</summary>
    /// <returns>Whether the name was free.</returns>
    /// <exception cref="IOException">It cannot be given for another reason.</exception>
    public static bool TryLink(string path, string newName)
    {
        if (link(path, newName) == 0)
            return true;
        return Marshal.GetLastPInvokeError() == Exists ? false : throw Failure(newName);
    }

    /// <summary>
    /// Lets other threads go before this one from now on, for as long as it lives: what .NET calls a thread's priority has no effect on
    /// Linux. Where it is not allowed, nothing changes.
    /// </summary>
    /// <param name="niceness">1 to 19; each step is worth a fifth of the share of the processor.</param>
    public static void YieldThread(int niceness)
    {
        // A process in name; 0 is the calling thread alone.
        const int process = 0;
        _ = setpriority(process, 0, niceness);
    }

    [LibraryImport("libc")]
    public static partial uint geteuid();

    [LibraryImport("libc")]
    public static partial uint getegid();

    [LibraryImport("libc")]
    private static partial int setpriority(int which, uint who, int priority);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int kill(int pid, int signal);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int flock(SafeFileHandle file, int operation);

    [LibraryImport("libc")]
    public static unsafe partial int madvise(void* address, nuint length, int advice);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int fsync(SafeFileHandle file);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags, int mode);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int link(string path, string newName);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int lchown(string path, uint uid, uint gid);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int folder, string path, int flags, uint mask, out Statistics status);

    private static IOException Failure(string path) => new($"{path}: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}.");

    /// <summary>struct statx, whose layout is the same everywhere, unlike that of struct stat.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Statistics
    {
        [FieldOffset(20)]
        public uint Uid;

        [FieldOffset(24)]
        public uint Gid;

        [FieldOffset(28)]
        public ushort Mode;

        [FieldOffset(32)]
        public ulong Inode;

        [FieldOffset(136)]
        public uint DeviceMajor;

        [FieldOffset(140)]
        public uint DeviceMinor;
    }
}

/// <param name="Mode">Kind and permissions, as in stat(2).</param>
/// <param name="Identity">The same for every path that leads to this file, and no other file's while it exists.</param>
internal readonly record struct FileStatus(uint Uid, uint Gid, ushort Mode, string Identity)
{
    public bool IsFolder => (Mode & 0xF000) == 0x4000;

    public bool IsOpenToOthers => (Mode & 0x3F) != 0;
}
