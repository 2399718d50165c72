using System.Globalization;
using Hangfire.PostgreSql;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Npgsql;

namespace FaceId.Infrastructure.Jobs;

/// <summary>
/// The tables of Hangfire, in a schema of their own. Hangfire versions them itself, but its installer is not made for several
/// servers at once: it runs with our migrations, under their lock.
/// </summary>
internal static class JobSchema
{
    public const string Name = "hangfire";

    /// <summary>Makes or updates the tables where that is needed; the installer would ask for each of its versions.</summary>
    /// <param name="database">With its connection open.</param>
    public static async Task InstallAsync(DatabaseFacade database, CancellationToken cancellationToken)
    {
        if (!await IsCurrentAsync(database, cancellationToken))
        {
            PostgreSqlObjectsInstaller.Install((NpgsqlConnection)database.GetDbConnection(), Name);
        }
    }

    public static async Task<bool> IsCurrentAsync(DatabaseFacade database, CancellationToken cancellationToken)
    {
        var exists = await database
            .SqlQueryRaw<bool>($"SELECT to_regclass('{Name}.schema') IS NOT NULL AS \"Value\"")
            .SingleAsync(cancellationToken);
        return exists && NewestVersion() <= await database
            .SqlQueryRaw<int>($"SELECT version AS \"Value\" FROM {Name}.schema")
            .SingleOrDefaultAsync(cancellationToken);
    }

    public static Task DropAsync(DatabaseFacade database, CancellationToken cancellationToken) =>
        database.ExecuteSqlRawAsync($"DROP SCHEMA IF EXISTS {Name} CASCADE", cancellationToken);

    /// <summary>That of the newest script in the package: <c>Hangfire.PostgreSql.Scripts.Install.v23.sql</c>.</summary>
    private static int NewestVersion()
    {
        const string prefix = "Hangfire.PostgreSql.Scripts.Install.v";
        return typeof(PostgreSqlObjectsInstaller).Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(prefix, StringComparison.Ordinal))
            .Max(name => int.Parse(name[prefix.Length..^".sql".Length], CultureInfo.InvariantCulture));
    }
}
