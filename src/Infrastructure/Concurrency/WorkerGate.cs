namespace FaceId.Infrastructure.Concurrency;

/// <summary>Lets a fixed number of callers work and a fixed number wait, first come first served; refuses all others at once.</summary>
internal sealed class WorkerGate(int workers, int queueLength, TimeProvider time) : IDisposable
{
    /// <summary>Weight of the newest duration in the running mean.</summary>
    private const double Newest = 0.1;

    private static readonly TimeSpan ShortestRetry = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _free = new(workers, workers);
    private int _inside;
    private double _meanSeconds = 0.05;

    /// <summary>Callers that work or wait.</summary>
    public int Inside => Volatile.Read(ref _inside);

    /// <summary>How long a refused caller should wait: until the present queue is likely done.</summary>
    public TimeSpan RetryAfter
    {
        get
        {
            var estimate = TimeSpan.FromSeconds(Math.Ceiling(Inside * Volatile.Read(ref _meanSeconds) / workers));
            return estimate < ShortestRetry ? ShortestRetry : estimate;
        }
    }

    /// <summary>Waits for a worker.</summary>
    /// <returns>What to dispose when the work is done, or null when the queue is full.</returns>
    /// <exception cref="OperationCanceledException">The caller gave up; its place in the queue is free again.</exception>
    public async ValueTask<Pass?> EnterAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _inside) > workers + queueLength)
        {
            Interlocked.Decrement(ref _inside);
            return null;
        }

        var asked = time.GetTimestamp();
        try
        {
            await _free.WaitAsync(cancellationToken);
        }
        catch
        {
            Interlocked.Decrement(ref _inside);
            throw;
        }

        return new Pass(this, time.GetElapsedTime(asked), time.GetTimestamp());
    }

    public void Dispose() => _free.Dispose();

    private void Leave(long entered)
    {
        var seconds = time.GetElapsedTime(entered).TotalSeconds;
        Volatile.Write(ref _meanSeconds, _meanSeconds + Newest * (seconds - _meanSeconds));
        Interlocked.Decrement(ref _inside);
        _free.Release();
    }

    /// <param name="waited">The time spent in the queue.</param>
    public sealed class Pass(WorkerGate gate, TimeSpan waited, long entered) : IDisposable
    {
        private WorkerGate? _gate = gate;

        public TimeSpan Waited { get; } = waited;

        public void Dispose() => Interlocked.Exchange(ref _gate, null)?.Leave(entered);
    }
}
