using FaceId.Application.Faces;
using FaceId.Domain.Faces;
using FaceId.Infrastructure.Persistence;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace FaceId.Infrastructure.Search.PgVector;

/// <summary>Keeps vectors of all faces in the database, unencrypted, and searches them there by pgvector's graph, which may miss somebody.</summary>
internal sealed partial class PgVectorEngine(
    Task<Database> opening,
    NpgsqlDataSource database,
    ITemplateVault vault,
    UnreadableFaces unreadable,
    GalleryOptions gallery,
    SearchOptions options,
    TimeProvider time,
    ILogger<PgVectorEngine> logger) : IGalleryEngine
{
    /// <summary>How long to wait for what another server is doing: while it fills the table, and while it brings in a change.</summary>
    private static readonly TimeSpan FillPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan FollowPause = TimeSpan.FromMilliseconds(20);

    private readonly PgVectorFiller _filler = new(database, vault, unreadable, gallery);
    private readonly PgVectorSearch _search = new(database, vault, unreadable, gallery, options);

    public string Name => SearchOptions.PgVector;

    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        LogUnencrypted(logger);
        await PgVectorSchema.EnsureAsync(await opening, cancellationToken);
    }

    public async Task<IGalleryFaces> LoadAsync(Action<double> progress, CancellationToken cancellationToken)
    {
        while (true)
        {
            var state = await _filler.LookAsync(cancellationToken);
            if (state is { Fits: true, FilledTo: null, Indexed: true })
            {
                while (!await _filler.RetryAsync(cancellationToken))
                    await Task.Delay(FollowPause, time, cancellationToken);
                var faces = new StoredFaces(this, state.Generation);
                await faces.CountAsync(state, cancellationToken);
                return faces;
            }

            progress(!state.Fits ? 0 : state.FilledTo is { } filled ? await _filler.ProgressAsync(filled, cancellationToken) : 1);
            if (!await _filler.StepAsync(cancellationToken))
                await Task.Delay(FillPause, time, cancellationToken);
        }
    }

    public ValueTask CloseAsync() => _filler.CloseAsync();

    [LoggerMessage(EventId = 235, Level = LogLevel.Warning,
        Message = "FaceId:Search is pgvector: what faces are compared by lies unencrypted in the table face_vectors and in backups of the database, and a search may miss somebody")]
    private static partial void LogUnencrypted(ILogger logger);

    private sealed class StoredFaces(PgVectorEngine engine, long generation) : IGalleryFaces
    {
        /// <summary>Counting may take so much of the time: large tables are counted seldom.</summary>
        private const double MostCounting = 0.02;

        private volatile VectorCounts _counts = new(0, 0, 0);
        private string? _counted;
        private long _countedAt;
        private TimeSpan _countedIn;

        public int People => _counts.People;

        public int Faces => _counts.Faces;

        public int SetAside => _counts.SetAside;

        public bool HasRoom => true;

        public bool IsWhole => true;

        public async Task<bool> FollowAsync(CancellationToken cancellationToken)
        {
            while (true)
            {
                var state = await engine._filler.LookAsync(cancellationToken);
                if (state.Generation != generation || !state.Fits || state.FilledTo is not null)
                    return false;
                if (state.IsLevel)
                {
                    if (state.Snapshot != _counted && engine.Since(_countedAt) * MostCounting >= _countedIn)
                        await CountAsync(state, cancellationToken);
                    return true;
                }

                if (!await engine._filler.StepAsync(cancellationToken))
                    await Task.Delay(FollowPause, engine.Time, cancellationToken);
            }
        }

        public Task<IReadOnlyList<IReadOnlyList<GalleryMatch>>?> SearchAsync(IReadOnlyList<FaceOpinions> probes, GalleryQuery query, CancellationToken cancellationToken) =>
            engine._search.RunAsync(generation, probes, query, cancellationToken);

        public async Task CountAsync(VectorState state, CancellationToken cancellationToken)
        {
            var began = engine.Time.GetTimestamp();
            _counts = await engine._filler.CountAsync(cancellationToken);
            _countedIn = engine.Since(began);
            (_counted, _countedAt) = (state.Snapshot, engine.Time.GetTimestamp());
        }
    }

    private TimeProvider Time => time;

    private TimeSpan Since(long stamp) => time.GetElapsedTime(stamp);
}
