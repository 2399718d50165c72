using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using FaceId.Infrastructure.Faces.Kernels;

namespace FaceId.Infrastructure.Faces.Dlib;

/// <summary>Computes one level of the pyramid straight from the image.</summary>
/// <remarks>
/// Each level is a bilinear reduction of the one before, and several of them together are one weighted sum for rows and one for
/// columns. Up to rounding (1e-6) the result is what comes of making every level between.
/// </remarks>
internal sealed unsafe class ComposedReduction : IDisposable
{
    /// <summary>Floats worked on together.</summary>
    private const int Block = 32;

    private readonly NativeBuffer<float> _rows = new();
    private readonly NativeBuffer<PyramidPlane.Column> _steps = new();
    private WeightedSums _vertical = new();
    private WeightedSums _horizontal = new();
    private WeightedSums _spare = new();

    /// <param name="level">At least 1.</param>
    /// <param name="to">Where the level's first pixel goes.</param>
    /// <param name="stride">Floats from one row of the target to the next.</param>
    public void Run(PixelView image, PixelMeans means, int level, float* to, int stride)
    {
        Compose(image, level);
        var kept = _vertical.Most;
        var pitch = (image.Width * PyramidPlane.Channels + Block - 1) / Block * Block;
        var rows = _rows.Take((long)(kept + 1) * pitch);
        var sum = rows + (long)kept * pitch;
        var next = 0;
        for (var y = 0; y < _vertical.Count; y++)
        {
            var weights = _vertical.Terms(y, out var from);
            for (next = Math.Max(next, from); next < from + weights.Length; next++)
            {
                Widen(image, next, rows + (long)(next % kept) * pitch);
            }

            AddRows(rows, pitch, from % kept, kept, weights, sum);
            AddColumns(sum, means, to + (long)y * stride);
        }
    }

    public void Dispose()
    {
        _rows.Dispose();
        _steps.Dispose();
    }

    /// <summary>Makes the sums for all rows and columns of a level.</summary>
    private void Compose(PixelView image, int level)
    {
        var (width, height) = (image.Width, image.Height);
        _horizontal.StartWith(width);
        _vertical.StartWith(height);
        var steps = _steps.Take(Math.Max(width, height));
        for (var i = 0; i < level; i++)
        {
            var (toWidth, toHeight) = PyramidLayout.NextSize(width, height);
            PyramidPlane.FillColumns(width, toWidth, steps);
            Reduce(ref _horizontal, new ReadOnlySpan<PyramidPlane.Column>(steps, toWidth));
            PyramidPlane.FillRows(height, toHeight, steps);
            Reduce(ref _vertical, new ReadOnlySpan<PyramidPlane.Column>(steps, toHeight));
            (width, height) = (toWidth, toHeight);
        }
    }

    private void Reduce(ref WeightedSums sums, ReadOnlySpan<PyramidPlane.Column> steps)
    {
        _spare.Combine(sums, steps);
        (sums, _spare) = (_spare, sums);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Widen(PixelView image, int row, float* to)
    {
        var from = (uint*)image.Row(row);
        for (var x = 0; x < image.Width; x++)
        {
            PyramidPlane.ToFloats(from[x]).Store(to + x * PyramidPlane.Channels);
        }
    }

    /// <param name="slot">Place of the first row; rows lie in a ring of <paramref name="slots"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddRows(float* rows, int pitch, int slot, int slots, ReadOnlySpan<float> weights, float* to)
    {
        for (var i = 0; i < pitch; i += Block)
        {
            Vector256<float> a = default, b = default, c = default, d = default;
            var at = slot;
            foreach (var weight in weights)
            {
                var w = Vector256.Create(weight);
                var p = rows + (long)at * pitch + i;
                a = Vector256.MultiplyAddEstimate(w, Vector256.Load(p), a);
                b = Vector256.MultiplyAddEstimate(w, Vector256.Load(p + 8), b);
                c = Vector256.MultiplyAddEstimate(w, Vector256.Load(p + 16), c);
                d = Vector256.MultiplyAddEstimate(w, Vector256.Load(p + 24), d);
                at = at + 1 == slots ? 0 : at + 1;
            }

            a.Store(to + i);
            b.Store(to + i + 8);
            c.Store(to + i + 16);
            d.Store(to + i + 24);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddColumns(float* row, PixelMeans means, float* to)
    {
        for (var x = 0; x < _horizontal.Count; x++)
        {
            var weights = _horizontal.Terms(x, out var from);
            var p = row + from * PyramidPlane.Channels;
            Vector128<float> sum = default;
            foreach (var weight in weights)
            {
                sum = Vector128.MultiplyAddEstimate(Vector128.Create(weight), Vector128.Load(p), sum);
                p += PyramidPlane.Channels;
            }

            PyramidPlane.Normalise(sum, means).Store(to + x * PyramidPlane.Channels);
        }
    }

    /// <summary>For each row (or column) of a level, which rows of the image it is the sum of, and with what weights.</summary>
    private sealed class WeightedSums
    {
        private Span[] _spans = [];
        private float[] _weights = [];

        public int Count { get; private set; }

        /// <summary>Terms of the longest sum.</summary>
        public int Most { get; private set; }

        /// <summary>The weights of one sum; the first belongs to row <paramref name="from"/> of the image.</summary>
        public ReadOnlySpan<float> Terms(int index, out int from)
        {
            from = _spans[index].From;
            return _weights.AsSpan(index * Most, _spans[index].End - from);
        }

        /// <summary>The image itself: each row is a sum of one term.</summary>
        public void StartWith(int count)
        {
            Resize(count, 1);
            for (var i = 0; i < count; i++)
            {
                _spans[i] = new Span(i, i + 1);
                _weights[i] = 1;
            }
        }

        /// <summary>The sums of a level, each of two neighbours of the level before.</summary>
        public void Combine(WeightedSums before, ReadOnlySpan<PyramidPlane.Column> steps)
        {
            var most = 0;
            for (var i = 0; i < steps.Length; i++)
            {
                most = Math.Max(most, SpanOf(before, steps[i]).End - SpanOf(before, steps[i]).From);
            }

            Resize(steps.Length, most);
            _weights.AsSpan(0, Count * Most).Clear();
            for (var i = 0; i < steps.Length; i++)
            {
                var span = _spans[i] = SpanOf(before, steps[i]);
                Add(before, steps[i].Left, 1 - steps[i].Fraction, i, span);
                if (steps[i].Fraction != 0)
                {
                    Add(before, steps[i].Left + 1, steps[i].Fraction, i, span);
                }
            }
        }

        private static Span SpanOf(WeightedSums before, PyramidPlane.Column step)
        {
            var left = before._spans[step.Left];
            return step.Fraction == 0 ? left : new Span(left.From, before._spans[step.Left + 1].End);
        }

        private void Add(WeightedSums before, int index, float factor, int to, Span span)
        {
            var terms = before.Terms(index, out var from);
            for (var i = 0; i < terms.Length; i++)
            {
                _weights[to * Most + from - span.From + i] += factor * terms[i];
            }
        }

        private void Resize(int count, int most)
        {
            (Count, Most) = (count, most);
            if (_spans.Length < count)
            {
                _spans = new Span[count];
            }

            if (_weights.Length < count * most)
            {
                _weights = new float[count * most];
            }
        }

        private readonly record struct Span(int From, int End);
    }
}
