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

    /// <summary>Makes or updates the tables.</summary>
    /// <param name="database">With its connection open.</param>
    public static void Install(DatabaseFacade database) =>
        PostgreSqlObjectsInstaller.Install((NpgsqlConnection)database.GetDbConnection(), Name);

    public static Task DropAsync(DatabaseFacade database, CancellationToken cancellationToken) =>
        database.ExecuteSqlRawAsync($"DROP SCHEMA IF EXISTS {Name} CASCADE", cancellationToken);

    public static async Task<bool> ExistsAsync(DatabaseFacade database, CancellationToken cancellationToken) =>
        await database.SqlQueryRaw<bool>($"SELECT to_regclass('{Name}.schema') IS NOT NULL AS \"Value\"").SingleAsync(cancellationToken);
}
