namespace FaceId.FunctionalTests.Support;

/// <summary>The real clock, but durations that are measured pass only when a test says so.</summary>
internal sealed class StoppedWatch : TimeProvider
{
    // Not 0, which the machine's own counter never shows either.
    private long _ticks = TimeSpan.TicksPerSecond;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Interlocked.Read(ref _ticks);

    public void Advance(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);
}
