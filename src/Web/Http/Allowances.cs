using System.Collections.Concurrent;

namespace FaceId.Web.Http;

/// <summary>
/// What every caller has left of each policy, by the generic cell rate algorithm: one number a caller, the moment at which their
/// allowance is whole again. A request moves it on by the policy's interval; one that would move it further than a window away is
/// refused. Callers whose moment has passed are as good as new and are forgotten.
/// </summary>
internal sealed class Allowances(TimeProvider time)
{
    private static readonly TimeSpan BetweenSweeps = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<(string Policy, CallerKey Caller), long> _whole = new();
    private readonly long _start = time.GetTimestamp();
    private long _nextSweep = BetweenSweeps.Ticks;

    /// <summary>How many callers are remembered.</summary>
    public int Count => _whole.Count;

    /// <summary>Takes one request out of the caller's allowance, if there is one left.</summary>
    public Allowance Take(RateLimitPolicy policy, CallerKey caller)
    {
        var now = time.GetElapsedTime(_start).Ticks;
        Sweep(now);

        var key = (policy.Name, caller);
        while (true)
        {
            var known = _whole.TryGetValue(key, out var whole);
            var next = Math.Max(whole, now) + policy.Interval.Ticks;
            var used = next - now;
            if (used > policy.Window.Ticks)
            {
                return new Allowance(policy, IsTaken: false, Remaining: 0, TimeSpan.FromTicks(used - policy.Window.Ticks));
            }

            if (known ? _whole.TryUpdate(key, next, whole) : _whole.TryAdd(key, next))
            {
                var remaining = (int)((policy.Window.Ticks - used) / policy.Interval.Ticks);
                var reset = remaining > 0 ? used : used + policy.Interval.Ticks - policy.Window.Ticks;
                return new Allowance(policy, IsTaken: true, remaining, TimeSpan.FromTicks(reset));
            }
        }
    }

    /// <summary>Whether one more request would be refused. Nothing is taken.</summary>
    public bool IsSpent(RateLimitPolicy policy, CallerKey caller) =>
        _whole.TryGetValue((policy.Name, caller), out var whole)
        && whole + policy.Interval.Ticks - time.GetElapsedTime(_start).Ticks > policy.Window.Ticks;

    private void Sweep(long now)
    {
        var due = Interlocked.Read(ref _nextSweep);
        if (now < due || Interlocked.CompareExchange(ref _nextSweep, now + BetweenSweeps.Ticks, due) != due)
        {
            return;
        }

        foreach (var entry in _whole)
        {
            if (entry.Value <= now)
            {
                // Only as it was seen: a request may have moved it since.
                _whole.TryRemove(entry);
            }
        }
    }
}

/// <param name="IsTaken">Whether the request may go on.</param>
/// <param name="Remaining">How many more may come at once.</param>
/// <param name="Reset">Until all of the quota is there again, or when nothing remains, until one more request is taken.</param>
internal readonly record struct Allowance(RateLimitPolicy Policy, bool IsTaken, int Remaining, TimeSpan Reset);
