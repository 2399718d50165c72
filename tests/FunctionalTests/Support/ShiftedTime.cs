namespace FaceId.FunctionalTests.Support;

/// <summary>The real clock, moved ahead by as much as a test wants; timers and durations go on as they are.</summary>
internal sealed class ShiftedTime : TimeProvider
{
    private TimeSpan _ahead;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + _ahead;

    public void Advance(TimeSpan by) => _ahead += by;
}
