using System.Diagnostics;
using FaceId.Application.Common;
using FaceId.Application.Faces;

namespace FaceId.Infrastructure.Faces;

/// <summary>Sums up how long each stage of one photo takes.</summary>
internal sealed class StageWatch
{
    private long _last = Stopwatch.GetTimestamp();
    private double _decode;
    private double _detect;
    private double _align;
    private double _encode;

    public void Decoded() => _decode += Lap();

    public void Detected() => _detect += Lap();

    public void Aligned() => _align += Lap();

    public void Encoded() => _encode += Lap();

    public StageTimings Timings(TimeSpan queue) => new(
        Milliseconds.Rounded(queue.TotalMilliseconds),
        Milliseconds.Rounded(_decode),
        Milliseconds.Rounded(_detect),
        Milliseconds.Rounded(_align),
        Milliseconds.Rounded(_encode));

    private double Lap()
    {
        var now = Stopwatch.GetTimestamp();
        var lap = Stopwatch.GetElapsedTime(_last, now).TotalMilliseconds;
        _last = now;
        return lap;
    }
}
