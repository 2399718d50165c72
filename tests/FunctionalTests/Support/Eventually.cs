using System.Diagnostics;

namespace FaceId.FunctionalTests.Support;

/// <summary>Waits for what happens in its own time, by asking again.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <param name="patience">How long to ask; 15 s when null.</param>
    public static async Task IsAsync<T>(T expected, Func<Task<T>> ask, TimeSpan? patience = null)
    {
        var watch = Stopwatch.StartNew();
        var actual = await ask();
        while (!Equals(actual, expected) && watch.Elapsed < (patience ?? Patience))
        {
            await Task.Delay(Pause);
            actual = await ask();
        }

        Assert.That(actual, Is.EqualTo(expected));
    }
}
