using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace FaceId.Infrastructure.Persistence;

/// <summary>How EF is set up, for the server, the command line and the design-time tools alike.</summary>
internal static class PostgresOptions
{
    public static DbContextOptionsBuilder<FaceIdDb> UseFaceIdPostgres(this DbContextOptionsBuilder<FaceIdDb> options, string connectionString)
    {
        options.UseNpgsql(connectionString).UseSnakeCaseNamingConvention();
        return options;
    }

    public static void UseFaceIdPostgres(this DbContextOptionsBuilder options, NpgsqlDataSource dataSource) =>
        options.UseNpgsql(dataSource).UseSnakeCaseNamingConvention();
}
