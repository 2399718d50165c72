using FaceId.Infrastructure.Persistence;
using Hangfire.PostgreSql;
using Npgsql;

namespace FaceId.Infrastructure.Jobs;

/// <summary>Lets Hangfire share the server's connections. The database may still be opening when this is made.</summary>
internal sealed class PooledConnections(Task<Database> database) : IConnectionFactory
{
    public NpgsqlConnection GetOrCreateConnection() => database.GetAwaiter().GetResult().DataSource.CreateConnection();
}
