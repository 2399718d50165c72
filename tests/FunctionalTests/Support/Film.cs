using System.Globalization;
using FaceId.Application.Faces;

namespace FaceId.FunctionalTests.Support;

/// <summary>Frames of a liveness session, made from one photo; see <see cref="Warps"/> for what they are worth.</summary>
internal sealed class Film
{
    /// <summary>How far the head turns from one frame to the next, in degrees; and how long that takes, in milliseconds.</summary>
    private const double Stride = 8;
    public const int Interval = 150;

    private readonly byte[] _photo;
    private readonly Warps.Place _place;
    private readonly List<byte[]> _frames = [];
    private double _yaw;
    private double _pitch;

    public Film(byte[] photo, IReadOnlyList<FacePoint> points)
    {
        _photo = photo;
        _place = Warps.Place.Of([.. points.Select(point => (point.X, point.Y))]);
    }

    public IReadOnlyList<byte[]> Frames => _frames;

    /// <summary>A head that does what it is asked to.</summary>
    public Film Show(IEnumerable<string> steps)
    {
        foreach (var step in steps)
        {
            _ = step switch
            {
                "center" => To(0, 0),
                "left" => To(32, 0),
                "right" => To(-32, 0),
                "up" => To(0, 13),
                _ => throw new ArgumentOutOfRangeException(nameof(steps), step, "No such step."),
            };
        }

        return this;
    }

    /// <summary>The photo, tilted about an axis across the face until the nose seems to have moved aside as it does in a turn.</summary>
    public Film ShowFlat(IEnumerable<string> steps, double distance)
    {
        foreach (var step in steps)
        {
            var (axis, tilt) = step switch
            {
                "left" => (60.0, 52.0),
                "right" => (120.0, -52.0),
                "up" => (0.0, 30.0),
                _ => (0.0, 0.0),
            };
            foreach (var share in (double[])[0.15, 0.3, 0.45, 0.6, 0.75, 0.9, 1, 1, 1, 0.9, 0.75, 0.6, 0.45, 0.3, 0.15, 0])
            {
                Add(Warps.Flat(_photo, _place, Held(axis, tilt * share, distance)));
            }
        }

        return this;
    }

    /// <summary>The photo, moved, scaled and turned in its own plane.</summary>
    public Film Wave(int frames)
    {
        for (var i = 0; i < frames; i++)
        {
            var phase = i * 0.5;
            Add(Warps.Flat(_photo, _place, new Warps.Held(Roll: 18 * Math.Sin(phase), Scale: 1 + 0.1 * Math.Cos(phase), Right: 0.2 * Math.Sin(phase / 2), Down: 0.1 * Math.Cos(phase / 3))));
        }

        return this;
    }

    private Film To(double yaw, double pitch)
    {
        var strides = Math.Max(1, (int)Math.Ceiling(Math.Max(Math.Abs(yaw - _yaw), Math.Abs(pitch - _pitch)) / Stride));
        var (fromYaw, fromPitch) = (_yaw, _pitch);
        for (var i = 1; i <= strides + 4; i++)
        {
            // Four more frames at the end, and never two that are quite the same.
            var share = Math.Min(1, (double)i / strides);
            _yaw = fromYaw + (yaw - fromYaw) * share;
            _pitch = fromPitch + (pitch - fromPitch) * share;
            Add(Warps.Turned(_photo, _place, _yaw, _pitch, roll: Math.Sin(_frames.Count * 1.7)));
        }

        return this;
    }

    private Warps.Held Held(double axis, double tilt, double distance) =>
        new(axis, tilt, distance, Roll: Math.Sin(_frames.Count * 1.7));

    private void Add(byte[] frame) => _frames.Add(frame);

    public static string Times(int first, int count) =>
        string.Join(',', Enumerable.Range(first, count).Select(i => (i * Interval).ToString(CultureInfo.InvariantCulture)));
}
