using System.Globalization;
using FaceId.Infrastructure.Interop;

namespace FaceId.Infrastructure.Postgres;

/// <summary>What PostgreSQL's postmaster.pid says; it is left behind when the postmaster is killed.</summary>
internal sealed record PostmasterFile(int ProcessId, string SocketFolder, string Status)
{
    public const string Name = "postmaster.pid";

    /// <summary>The setting by which a postmaster carries the identity of its folder in its command line, where anybody can read it.</summary>
    public const string FolderSetting = "faceid.folder";

    public bool IsReady => Status == "ready";

    public bool IsStopping => Status == "stopping";

    /// <returns>Null when there is no such file or it is not complete yet.</returns>
    public static PostmasterFile? Read(string folder)
    {
        try
        {
            var lines = File.ReadAllLines(Path.Combine(folder, Name));
            return lines.Length >= 5 && int.TryParse(lines[0], NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                ? new PostmasterFile(id, lines[4].Trim(), lines.Length >= 8 ? lines[7].Trim() : "")
                : null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>The value of <see cref="FolderSetting"/> for a folder. Its first part decides: several paths may lead to one folder.</summary>
    public static string Mark(string folder) => $"{Libc.StatusOf(folder, follow: true)?.Identity}:{folder}";

    /// <summary>Tells what runs under a process id that a file names: after a crash or in another container it may be anything.</summary>
    public static PostmasterIdentity Identify(int processId, string folder)
    {
        string[] arguments;
        try
        {
            arguments = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/cmdline")).Split('\0');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return PostmasterIdentity.Gone;
        }

        // A process that has ended but was not waited for has no arguments any more.
        if (arguments is [""])
            return PostmasterIdentity.Gone;
        if (Path.GetFileName(arguments[0]) is not ("postgres" or "postmaster"))
            return PostmasterIdentity.Other;

        const string prefix = FolderSetting + "=";
        var identity = Libc.StatusOf(folder, follow: true)?.Identity;
        if (Array.Find(arguments, a => a.StartsWith(prefix, StringComparison.Ordinal)) is { } mark)
            return mark.StartsWith($"{prefix}{identity}:", StringComparison.Ordinal) ? PostmasterIdentity.Ours : PostmasterIdentity.Other;

        // Postgres, but not started by us: on another folder, or on this very one by somebody else. In doubt it is this one.
        var data = Array.IndexOf(arguments, "-D") + 1;
        return data > 0 && data < arguments.Length && Path.IsPathRooted(arguments[data]) && Libc.StatusOf(arguments[data], follow: true)?.Identity != identity
            ? PostmasterIdentity.Other
            : PostmasterIdentity.Foreign;
    }
}

internal enum PostmasterIdentity
{
    /// <summary>No process has this id.</summary>
    Gone,

    /// <summary>A process that has nothing to do with the folder.</summary>
    Other,

    /// <summary>The postmaster that we, or a predecessor, started on the folder.</summary>
    Ours,

    /// <summary>A postmaster that may serve the folder, but was not started by us.</summary>
    Foreign,
}
