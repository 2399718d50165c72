using FaceId.Application.Faces;
using FaceId.Infrastructure.Persistence;

namespace FaceId.Web.Startup;

/// <summary>
/// Whether this server can serve: the database answers and has every migration, the models are warm, and all faces are known. Anybody may ask as often as
/// they like, so the database is asked by one at a time, and at most once a second.
/// </summary>
internal sealed class Readiness(IServiceScopeFactory scopes, IFaceEngine engine, IFaceGallery gallery, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private Task<State>? _latest;
    private long _begun;

    public Task<State> CheckAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_latest is null || (_latest.IsCompleted && time.GetElapsedTime(_begun) >= Lifetime))
            {
                _begun = time.GetTimestamp();
                _latest = CheckAsync();
            }

            return _latest.WaitAsync(cancellationToken);
        }
    }

    private async Task<State> CheckAsync() => new(await CheckDatabaseAsync(), engine.IsWarm ? "warm" : "loading", gallery.Engine, gallery.State);

    private async Task<string> CheckDatabaseAsync()
    {
        await using var scope = scopes.CreateAsyncScope();
        using var timeout = new CancellationTokenSource(Patience);
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

    public sealed record State(string Database, string Models, string Engine, GalleryState Gallery)
    {
        // A full gallery never gets better by waiting, and everything but searches goes on.
        public bool IsReady => this is { Database: "migrated", Models: "warm", Gallery.Condition: GalleryCondition.Current or GalleryCondition.Full };
    }
}
