namespace FaceId.Application.Users.SignIn;

/// <summary>
/// Lets answers that must not tell whether an account exists go out at set moments after their request, so that a few milliseconds of
/// database work more or less cannot be seen from outside.
/// </summary>
public sealed class AnswerTiming(TimeProvider time)
{
    private static readonly TimeSpan Grid = TimeSpan.FromMilliseconds(200);

    public long Start() => time.GetTimestamp();

    /// <summary>Waits for the next moment at which such an answer may go out.</summary>
    public Task EvenOutAsync(long started, CancellationToken cancellationToken)
    {
        var elapsed = time.GetElapsedTime(started);
        return Task.Delay(Grid * (Math.Floor(elapsed / Grid) + 1) - elapsed, time, cancellationToken);
    }
}
