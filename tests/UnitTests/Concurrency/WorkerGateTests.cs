using FaceId.Infrastructure.Concurrency;
using Microsoft.Extensions.Time.Testing;

namespace FaceId.UnitTests.Concurrency;

internal sealed class WorkerGateTests
{
    private readonly FakeTimeProvider _time = new();

    [Test]
    public async Task Workers_enter_at_once_and_the_next_one_waits_for_a_worker_to_leave()
    {
        using var gate = new WorkerGate(workers: 2, queueLength: 1, _time);
        var first = await gate.EnterAsync(CancellationToken.None);
        await gate.EnterAsync(CancellationToken.None);
        var third = gate.EnterAsync(CancellationToken.None).AsTask();
        Assert.That(third.IsCompleted, Is.False);
        _time.Advance(TimeSpan.FromMilliseconds(40));
        first!.Dispose();
        Assert.That((await third)!.Waited, Is.EqualTo(TimeSpan.FromMilliseconds(40)));
    }

    [Test]
    public async Task A_full_queue_refuses()
    {
        using var gate = new WorkerGate(workers: 1, queueLength: 1, _time);
        using var working = await gate.EnterAsync(CancellationToken.None);
        _ = gate.EnterAsync(CancellationToken.None).AsTask();
        Assert.That(await gate.EnterAsync(CancellationToken.None), Is.Null);
        Assert.That(gate.Inside, Is.EqualTo(2));
    }

    [Test]
    public async Task Who_gives_up_leaves_the_queue()
    {
        using var gate = new WorkerGate(workers: 1, queueLength: 1, _time);
        using var working = await gate.EnterAsync(CancellationToken.None);
        using var cancellation = new CancellationTokenSource();
        var waiting = gate.EnterAsync(cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        Assert.CatchAsync<OperationCanceledException>(() => waiting);
        Assert.That(gate.Inside, Is.EqualTo(1));
        var next = gate.EnterAsync(CancellationToken.None).AsTask();
        working!.Dispose();
        Assert.That(await next, Is.Not.Null);
    }

    [Test]
    public async Task Leaving_twice_counts_once()
    {
        using var gate = new WorkerGate(workers: 1, queueLength: 0, _time);
        var pass = await gate.EnterAsync(CancellationToken.None);
        pass!.Dispose();
        pass.Dispose();
        Assert.That(gate.Inside, Is.Zero);
        Assert.That(await gate.EnterAsync(CancellationToken.None), Is.Not.Null);
        Assert.That(await gate.EnterAsync(CancellationToken.None), Is.Null);
    }

    [Test]
    public async Task The_wait_told_to_refused_callers_grows_with_the_work()
    {
        using var gate = new WorkerGate(workers: 1, queueLength: 0, _time);
        for (var i = 0; i < 50; i++)
        {
            var pass = await gate.EnterAsync(CancellationToken.None);
            _time.Advance(TimeSpan.FromSeconds(5));
            pass!.Dispose();
        }

        using var working = await gate.EnterAsync(CancellationToken.None);
        Assert.That(gate.RetryAfter, Is.EqualTo(TimeSpan.FromSeconds(5)));
    }
}
