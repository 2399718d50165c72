using FaceId.Infrastructure.Postgres;
using Npgsql;

namespace FaceId.Benchmarks;

/// <summary>The private database of the server that is measured, with the rights to look at what it does.</summary>
internal static class MeasuredDatabase
{
    public static NpgsqlDataSource Open(string dataFolder) => NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder
    {
        Host = Cluster.Locate(dataFolder).SocketFolder,
        Username = Cluster.Superuser,
        Database = Cluster.Database,
    }.ConnectionString);
}
