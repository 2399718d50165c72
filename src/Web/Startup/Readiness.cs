using FaceId.Application.Faces;
using FaceId.Infrastructure.Persistence;

namespace FaceId.Web.Startup;

/// <summary>Whether this server can serve: the database answers and has every migration, and the models are warm.</summary>
internal sealed class Readiness(IServiceScopeFactory scopes, IFaceEngine engine)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public async Task<State> CheckAsync(CancellationToken cancellationToken) =>
        new(await CheckDatabaseAsync(cancellationToken), engine.IsWarm ? "warm" : "loading");

    private async Task<string> CheckDatabaseAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(Patience);
        try
        {
            var status = await scope.ServiceProvider.GetRequiredService<SchemaMigrator>().StatusAsync(timeout.Token);
            return status.All(migration => migration.Applied) ? "migrated" : "migrations_missing";
        }
        catch (Exception exception) when (exception is Npgsql.NpgsqlException or TimeoutException or OperationCanceledException)
        {
            return "unreachable";
        }
    }

    public sealed record State(string Database, string Models)
    {
        public bool IsReady => this is { Database: "migrated", Models: "warm" };
    }
}
