using ErrorOr;
using FaceId.Application.Faces;
using FaceId.Domain.Faces;
using FaceId.Infrastructure.Persistence;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace FaceId.Infrastructure.Search;

/// <summary>
/// Keeps all faces level with the database: loads them at the start while the server serves, and from then on reads what changed whenever the
/// <see cref="ChangeFeed"/> tells of changes, every few seconds anyway, and all the time while the feed is broken.
/// </summary>
internal sealed partial class FaceGallery : BackgroundService, IFaceGallery
{
    /// <summary>How long a start waits for the faces, and a search for what it must know.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(250);

    /// <summary>How often changes are read that nobody told of.</summary>
    private static readonly TimeSpan Unasked = TimeSpan.FromSeconds(5);

    /// <summary>How long changes are collected for one reading, unless somebody waits for them.</summary>
    private static readonly TimeSpan Collect = TimeSpan.FromMilliseconds(20);

    private readonly ChangeFeed _feed;
    private readonly IGalleryEngine _engine;
    private readonly GalleryOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<FaceGallery> _logger;
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim _signal = new(0);
    private readonly Lock _lock = new();

    /// <summary>Counts what asks for a reading; a reading answers all that asked before it began.</summary>
    private long _asked;
    private long _answered;

    /// <summary>The last question that somebody waits for, and the last that was about a change of this server's own.</summary>
    private long _urgent;
    private long _own;

    /// <summary>Time stamps: since when a change is known of that was not read, and when the last reading began; 0 for none.</summary>
    private long _heard;
    private long _read;

    private double _loaded;
    private IGalleryFaces? _faces;
    private volatile TaskCompletionSource _progress = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public FaceGallery(ChangeFeed feed, IGalleryEngine engine, GalleryOptions options, TimeProvider time, ILogger<FaceGallery> logger)
    {
        (_feed, _engine, _options, _time, _logger) = (feed, engine, options, time, logger);
        feed.Changed += Hear;
    }

    public string Engine => _engine.Name;

    public GalleryState State
    {
        get
        {
            if (Volatile.Read(ref _faces) is not { } faces)
                return new GalleryState(GalleryCondition.Loading, Volatile.Read(ref _loaded), 0, 0, 0, HasRoom: true);
            var condition = !faces.IsWhole ? GalleryCondition.Full : IsLevel ? GalleryCondition.Current : GalleryCondition.Behind;
            return new GalleryState(condition, 1, faces.People, faces.Faces, faces.SetAside, faces.HasRoom);
        }
    }

    /// <summary>Whether every change is known that was committed more than a <see cref="ChangeFeed.Lease"/> ago.</summary>
    private bool IsLevel
    {
        get
        {
            lock (_lock)
                return IsWithinLease(_read) || (_feed.IsCurrent && (_heard == 0 || IsWithinLease(_heard)));
        }
    }

    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        if (!_opened.Task.IsCompleted)
            await _engine.PrepareAsync(cancellationToken);
        _opened.TrySetResult();
        await WaitAsync(() => Volatile.Read(ref _faces) is not null, cancellationToken);
    }

    public void Changed()
    {
        lock (_lock)
            _own = Ask(urgent: true);
    }

    public async Task<ErrorOr<IReadOnlyList<IReadOnlyList<GalleryMatch>>>> SearchAsync(
        IReadOnlyList<FaceOpinions> probes, GalleryQuery query, CancellationToken cancellationToken)
    {
        long wanted;
        lock (_lock)
            wanted = query.Latest ? Ask(urgent: true) : _own;
        await WaitAsync(() => State.Condition == GalleryCondition.Full || (State.CanSearch && Volatile.Read(ref _answered) >= wanted), cancellationToken);
        var state = State;
        if (!state.CanSearch)
            return GalleryErrors.Of(state);
        if (Volatile.Read(ref _answered) < wanted || Volatile.Read(ref _faces) is not { } faces)
            return GalleryErrors.Of(state with { Condition = GalleryCondition.Behind });
        if (await faces.SearchAsync(probes, query, cancellationToken) is { } found)
            return ErrorOrFactory.From(found);
        Changed();
        return GalleryErrors.Of(state with { Condition = GalleryCondition.Loading, Loaded = 0 });
    }

    public override void Dispose()
    {
        _feed.Changed -= Hear;
        _signal.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await _opened.Task.WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        IGalleryFaces? faces = null;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                faces ??= await LoadAsync(stoppingToken);
                if (await FollowAsync(faces, stoppingToken))
                    await WaitForWorkAsync(stoppingToken);
                else
                    faces = null;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            catch (Exception exception)
            {
                // Whatever it is, searches are refused before long unless a later reading succeeds.
                LogFailed(_logger, exception.Message);
                await Task.Delay(Tick, _time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        await _engine.CloseAsync();
    }

    private async Task<IGalleryFaces> LoadAsync(CancellationToken stoppingToken)
    {
        var started = _time.GetTimestamp();
        Volatile.Write(ref _faces, null);
        Volatile.Write(ref _loaded, 0);
        var loaded = await _engine.LoadAsync(share => Volatile.Write(ref _loaded, share), stoppingToken);
        var (faces, people, setAside, seconds) = (loaded.Faces, loaded.People, loaded.SetAside, _time.GetElapsedTime(started).TotalSeconds);
        LogLoaded(_logger, faces, people, setAside, seconds);
        if (!loaded.IsWhole)
            LogFull(_logger, _options.MaxFaces);
        return loaded;
    }

    /// <returns>False when the faces must be loaded anew.</returns>
    private async Task<bool> FollowAsync(IGalleryFaces faces, CancellationToken stoppingToken)
    {
        var (asked, began) = (Volatile.Read(ref _asked), _time.GetTimestamp());
        var wasWhole = faces.IsWhole;
        if (!await faces.FollowAsync(stoppingToken))
        {
            LogStartsAnew(_logger);
            return false;
        }

        if (wasWhole && !faces.IsWhole)
            LogFull(_logger, _options.MaxFaces);
        lock (_lock)
        {
            _read = began;
            _answered = asked;
            _heard = _asked > asked ? began : 0;
        }

        Volatile.Write(ref _faces, faces);
        Interlocked.Exchange(ref _progress, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
        return true;
    }

    private async Task WaitForWorkAsync(CancellationToken stoppingToken)
    {
        while (Volatile.Read(ref _asked) <= Volatile.Read(ref _answered))
        {
            await _signal.WaitAsync(Tick, stoppingToken);
            if (_time.GetElapsedTime(Volatile.Read(ref _read)) >= (_feed.IsCurrent ? Unasked : Tick))
                return;
        }

        // Changes often come in bursts.
        using var collected = new CancellationTokenSource(Collect, _time);
        while (Volatile.Read(ref _urgent) <= Volatile.Read(ref _answered) && !collected.IsCancellationRequested)
        {
            await ((Task)_signal.WaitAsync(collected.Token)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            stoppingToken.ThrowIfCancellationRequested();
        }
    }

    private void Hear(string change)
    {
        if (change is not ("faces" or "all"))
            return;
        lock (_lock)
        {
            if (_heard == 0)
                _heard = _time.GetTimestamp();
            Ask(urgent: false);
        }
    }

    private long Ask(bool urgent)
    {
        var asked = ++_asked;
        if (urgent)
            _urgent = asked;
        if (_signal.CurrentCount == 0)
            _signal.Release();
        return asked;
    }

    private bool IsWithinLease(long stamp) => stamp != 0 && _time.GetElapsedTime(stamp) < ChangeFeed.Lease;

    /// <summary>Waits for something to become true, for a moment.</summary>
    private async Task WaitAsync(Func<bool> done, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(Patience, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        while (true)
        {
            var progress = _progress.Task;
            if (done() || timeout.IsCancellationRequested)
                return;
            await progress.WaitAsync(either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    [LoggerMessage(EventId = 234, Level = LogLevel.Information, Message = "Loaded {Faces} faces of {People} people for the search in {Seconds:0.0} s; {SetAside} are set aside")]
    private static partial void LogLoaded(ILogger logger, int faces, int people, int setAside, double seconds);

    [LoggerMessage(EventId = 231, Level = LogLevel.Warning, Message = "Could not read which faces changed, and tries again: {Reason}")]
    private static partial void LogFailed(ILogger logger, string reason);

    [LoggerMessage(EventId = 232, Level = LogLevel.Information, Message = "What changed among the faces cannot be told any more; they are loaded anew")]
    private static partial void LogStartsAnew(ILogger logger);

    [LoggerMessage(EventId = 233, Level = LogLevel.Error, Message = "There are more faces than {Most}: nobody can be identified or enrolled. Raise FaceId:MaxGalleryFaces, or give the server more memory")]
    private static partial void LogFull(ILogger logger, int most);
}
