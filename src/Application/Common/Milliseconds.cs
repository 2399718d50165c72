namespace FaceId.Application.Common;

/// <summary>Durations as they are told and logged.</summary>
public static class Milliseconds
{
    /// <summary>To the microsecond; more digits would be noise.</summary>
    public static double Rounded(double milliseconds) => Math.Round(milliseconds, 3);

    /// <summary>How long ago a timestamp of the provider was.</summary>
    public static double Since(TimeProvider time, long timestamp) => Rounded(time.GetElapsedTime(timestamp).TotalMilliseconds);
}
