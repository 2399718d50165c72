using System.Globalization;

namespace FaceId.Web.Http;

/// <summary>
/// How often somebody may knock: <paramref name="Quota"/> times at once, and as often again while <paramref name="Window"/> passes,
/// evenly.
/// </summary>
/// <param name="Name">What the headers call it.</param>
/// <param name="Window">Whole seconds: the headers know no smaller unit.</param>
internal sealed record RateLimitPolicy(string Name, int Quota, TimeSpan Window)
{
    /// <summary>The value of <c>RateLimit-Policy</c>.</summary>
    public string Header { get; } = string.Create(CultureInfo.InvariantCulture, $"\"{Name}\";q={Quota};w={(int)Window.TotalSeconds}");

    /// <summary>After this time one more request is taken.</summary>
    public TimeSpan Interval { get; } = Window / Quota;

    /// <summary>A rate for programs, which come in bursts: twice of it at once.</summary>
    public static RateLimitPolicy PerSecond(string name, int requests) => new(name, 2 * requests, TimeSpan.FromSeconds(2));
}
