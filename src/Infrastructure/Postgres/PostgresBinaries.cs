using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using FaceId.Infrastructure.Configuration;

namespace FaceId.Infrastructure.Postgres;

/// <summary>PostgreSQL's programs on this machine: the folder they stand in and their major version.</summary>
public sealed partial record PostgresBinaries(string Folder, int Major)
{
    /// <summary>Names the folder when it is none of the usual ones.</summary>
    public const string Variable = "FACEID_POSTGRES_BIN";

    private const string PackagesFolder = "/usr/lib/postgresql";
    private const string Server = "postgres";

    /// <summary>The full path of one of the programs, for example <c>pg_dump</c>.</summary>
    public string PathOf(string program) => Path.Combine(Folder, program);

    /// <summary>Looks in the given folder or <c>FACEID_POSTGRES_BIN</c>, otherwise in <c>PATH</c> and /usr/lib/postgresql/*/bin.</summary>
    /// <param name="folder">The only folder to look in.</param>
    /// <param name="major">The only version that will do: that of the data folder. Otherwise the newest is taken.</param>
    /// <exception cref="StartupException">There are none, or none of that version; the message holds the command that installs them.</exception>
    public static PostgresBinaries Find(string? folder = null, int? major = null) =>
        Find(folder ?? Environment.GetEnvironmentVariable(Variable), Environment.GetEnvironmentVariable("PATH"), PackagesFolder, major);

    internal static PostgresBinaries Find(string? folder, string? path, string packages, int? major)
    {
        if (!string.IsNullOrWhiteSpace(folder))
        {
            var named = Look(Path.GetFullPath(folder))
                ?? throw new StartupException($"{Variable}: {folder} does not hold PostgreSQL's programs 'postgres' and 'initdb'.");
            return major is null || named.Major == major ? named : throw WrongVersion(major.Value, [named]);
        }

        var found = Candidates(path, packages)
            .Select(Look)
            .OfType<PostgresBinaries>()
            .DistinctBy(b => b.Major)
            .OrderByDescending(b => b.Major)
            .ToList();
        if (found.Count == 0)
            throw new StartupException($"PostgreSQL is not installed. Install it with: {InstallCommand("postgresql")} — or name a server of your own in DATABASE_URL.");
        return found.Find(b => major is null || b.Major == major) ?? throw WrongVersion(major!.Value, found);
    }

    private static IEnumerable<string> Candidates(string? path, string packages)
    {
        foreach (var folder in (path ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
            yield return folder;
        if (!Directory.Exists(packages))
            yield break;
        foreach (var version in Directory.EnumerateDirectories(packages))
            yield return Path.Combine(version, "bin");
    }

    private static PostgresBinaries? Look(string folder)
    {
        var server = Path.Combine(folder, Server);
        if (!File.Exists(server) || !File.Exists(Path.Combine(folder, "initdb")))
            return null;

        // Debian's folders are named for the version, which saves starting the program; elsewhere are often links to them.
        if (new FileInfo(server).ResolveLinkTarget(returnFinalTarget: true) is { } target && PackagedVersion().IsMatch(Path.GetDirectoryName(target.FullName)!))
            folder = Path.GetDirectoryName(target.FullName)!;
        var name = PackagedVersion().Match(folder);
        if (!name.Success)
            name = SaidVersion().Match(Ask(server));
        return name.Success && int.TryParse(name.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var major)
            ? new PostgresBinaries(folder, major)
            : null;
    }

    private static string Ask(string server)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(server, ["--version"]) { RedirectStandardOutput = true, RedirectStandardError = true });
            var answer = process?.StandardOutput.ReadToEnd() ?? "";
            process?.WaitForExit();
            return answer;
        }
        catch (Win32Exception)
        {
            // Not a program, or not for this machine.
            return "";
        }
    }

    private static StartupException WrongVersion(int major, IEnumerable<PostgresBinaries> found) => new(string.Create(
        CultureInfo.InvariantCulture,
        $"The database in the data folder was made by PostgreSQL {major}, but only {string.Join(", ", found.Select(b => b.Major))} is installed. Install it with: {InstallCommand($"postgresql-{major}")} — or move the data over with pg_upgrade or a backup."));

    private static string InstallCommand(string package) =>
        Interop.Libc.IsRoot ? $"apt-get install -y {package}" : $"sudo apt-get install -y {package}";

    [GeneratedRegex("/postgresql/([0-9]+)/bin/?$", RegexOptions.CultureInvariant)]
    private static partial Regex PackagedVersion();

    [GeneratedRegex(@"\(PostgreSQL\) ([0-9]+)", RegexOptions.CultureInvariant)]
    private static partial Regex SaidVersion();
}
