using System.Globalization;
using FaceId.Infrastructure.Configuration;
using FaceId.Infrastructure.Interop;

namespace FaceId.Infrastructure.Postgres;

/// <summary>A user of the operating system, as PostgreSQL sees them.</summary>
internal sealed record SystemUser(uint Uid, uint Gid, string Name)
{
    /// <summary>The user that PostgreSQL's packages make.</summary>
    private const string Packaged = "postgres";

    private const string List = "/etc/passwd";

    /// <summary>Whom the cluster in this folder belongs to, or will belong to: never root, under whom PostgreSQL refuses to run.</summary>
    /// <exception cref="StartupException">There is no such user, or it is not one that this process may act as.</exception>
    public static SystemUser ForCluster(string folder)
    {
        var status = Libc.StatusOf(folder);
        if (status is { IsFolder: false })
            throw new StartupException($"{folder} is not a folder; PostgreSQL's data belongs there.");

        if (!Libc.IsRoot)
        {
            var self = Libc.geteuid();
            if (status is { } other && other.Uid != self)
                throw new StartupException($"{folder} belongs to {Called(other.Uid)}; start faceid as that user, or choose another folder with FACEID_DATA.");
            return Find(self) ?? new SystemUser(self, Libc.getegid(), Environment.UserName);
        }

        if (status is not { } owner)
        {
            return Find(Packaged) ?? throw new StartupException(
                $"There is no system user '{Packaged}', and PostgreSQL does not run as root. It comes with: apt-get install -y postgresql — or: useradd --system {Packaged}");
        }

        if (owner.Uid == 0)
            throw new StartupException($"{folder} belongs to root, and PostgreSQL does not run as root. Give it to its user with: chown -R {Packaged}: '{folder}'");
        return Find(owner.Uid) ?? throw new StartupException($"{folder} belongs to {Called(owner.Uid)}, who is not a user of this machine. Give it to one with: chown -R {Packaged}: '{folder}'");
    }

    public static string Called(uint uid) => Find(uid) is { } user ? $"user '{user.Name}'" : string.Create(CultureInfo.InvariantCulture, $"user id {uid}");

    private static SystemUser? Find(string name) => All().FirstOrDefault(u => u.Name == name);

    private static SystemUser? Find(uint uid) => All().FirstOrDefault(u => u.Uid == uid);

    private static IEnumerable<SystemUser> All()
    {
        foreach (var line in File.ReadLines(List))
        {
            if (line.Split(':') is [var name, _, var uid, var gid, ..]
                && uint.TryParse(uid, NumberStyles.None, CultureInfo.InvariantCulture, out var user)
                && uint.TryParse(gid, NumberStyles.None, CultureInfo.InvariantCulture, out var group))
            {
                yield return new SystemUser(user, group, name);
            }
        }
    }
}
