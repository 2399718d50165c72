using System.Collections.Concurrent;
using System.Diagnostics;
using ErrorOr;
using FaceId.Application.Faces;
using FaceId.Infrastructure.Concurrency;
using FaceId.Infrastructure.Faces.Imaging;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace FaceId.Infrastructure.Faces;

/// <summary>The face engine: decodes, scans, aligns and encodes photos, as many at a time as there are workers.</summary>
/// <remarks>Each photo is worked on by one thread, with memory of its own that is reused; models are shared and never change.</remarks>
internal sealed partial class FaceEngine : IFaceEngine, IDisposable
{
    private readonly FaceEngineOptions _options;
    private readonly ILogger<FaceEngine> _logger;
    private readonly WorkerGate _gate;
    private readonly PhotoDecoder _decoder;
    private readonly ConcurrentBag<FaceWorkspace> _workspaces = [];
    private readonly Lock _loading = new();
    private Task<FaceModelSet>? _models;

    public FaceEngine(IOptions<FaceEngineOptions> options, TimeProvider time, ILogger<FaceEngine> logger)
    {
        _options = options.Value;
        _logger = logger;
        _gate = new WorkerGate(_options.Workers, _options.QueueLength, time);
        _decoder = new PhotoDecoder(_options.MaxImageBytes, _options.MaxPixels);
    }

    public bool IsWarm => Volatile.Read(ref _models) is { IsCompletedSuccessfully: true };

    public bool GivesTemplates => _options.SecondModel == SecondModel.On;

    public Task WarmUpAsync(CancellationToken cancellationToken) => ModelsAsync().WaitAsync(cancellationToken);

    public async Task<ErrorOr<PhotoAnalysis>> AnalyseAsync(
        ReadOnlyMemory<byte> photo, AnalysisOptions options, CancellationToken cancellationToken)
    {
        var models = await ModelsAsync().WaitAsync(cancellationToken);
        using var pass = await _gate.EnterAsync(cancellationToken);
        return pass is null
            ? FaceErrors.Busy(_gate.RetryAfter)
            : await Task.Run(() => Analyse(models, photo, options, pass.Waited, cancellationToken), cancellationToken);
    }

    public void Dispose()
    {
        foreach (var workspace in _workspaces)
        {
            workspace.Dispose();
        }

        if (_models is { IsCompletedSuccessfully: true })
        {
            _models.Result.Dispose();
        }

        _gate.Dispose();
    }

    private Task<FaceModelSet> ModelsAsync()
    {
        if (Volatile.Read(ref _models) is { IsFaulted: false } models)
        {
            return models;
        }

        lock (_loading)
        {
            // A failed attempt is repeated: the files may have been fetched since.
            if (_models is null or { IsFaulted: true })
            {
                _models = LoadAsync();
            }

            return _models;
        }
    }

    private async Task<FaceModelSet> LoadAsync()
    {
        var started = Stopwatch.GetTimestamp();
        var decoder = Task.Run(PhotoDecoder.WarmUp);
        var models = await FaceModelSet.LoadAsync(_options, CancellationToken.None);
        var workspace = new FaceWorkspace();
        models.RunOnce(workspace);
        await decoder;
        _workspaces.Add(workspace);

        // The files as they were read are garbage now, several times the size of what is kept in managed memory.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        LogLoaded(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        return models;
    }

    private ErrorOr<PhotoAnalysis> Analyse(
        FaceModelSet models, ReadOnlyMemory<byte> photo, AnalysisOptions options, TimeSpan waited, CancellationToken cancellationToken)
    {
        if (!_workspaces.TryTake(out var workspace))
        {
            workspace = new FaceWorkspace();
        }

        try
        {
            var watch = new StageWatch();
            var longSide = options.Thorough ? _options.ThoroughLongSide : _options.CoarseLongSide;
            var decoded = _decoder.Decode(photo, longSide, workspace.Photo);
            if (decoded.IsError)
            {
                return decoded.Errors;
            }

            watch.Decoded();
            var analysis = new PhotoWork(models, workspace, decoded.Value, watch, cancellationToken);
            return analysis.Run(options, longSide, waited);
        }
        finally
        {
            workspace.Trim();
            _workspaces.Add(workspace);
        }
    }

    [LoggerMessage(1001, LogLevel.Information, "Face models loaded and run once in {Milliseconds:0} ms")]
    private partial void LogLoaded(double milliseconds);
}
