using FaceId.Application.Common.Security;
using FaceId.Application.Faces;
using FaceId.Application.Users;
using FaceId.Application.Users.Imports;
using FaceId.Infrastructure.Persistence;
using Npgsql;

namespace FaceId.Infrastructure.Users.Imports;

internal sealed class PeopleStore(NpgsqlDataSource database, ITemplateVault vault, AccountOptions accounts, ICaller caller, TimeProvider time) : IPeopleStore
{
    public async Task<IPeopleImport?> BeginAsync(string? source, ImportOptions options, CancellationToken cancellationToken)
    {
        var connection = await database.OpenConnectionAsync(cancellationToken);
        try
        {
            await using var guard = new NpgsqlCommand("SELECT pg_try_advisory_lock($1)", connection);
            guard.Parameters.Add(new NpgsqlParameter { Value = AdvisoryLocks.Import });
            if (await guard.ExecuteScalarAsync(cancellationToken) is true)
            {
                var import = new PeopleImport(connection, source, options, vault, accounts, caller, time);
                connection = null;
                await import.BeginAsync(cancellationToken);
                return import;
            }

            return null;
        }
        finally
        {
            if (connection is not null)
            {
                await connection.DisposeAsync();
            }
        }
    }
}
