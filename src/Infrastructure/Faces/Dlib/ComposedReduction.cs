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
                PyramidPlane.Normalise(new PixelView(image.Row(next), image.Width, 1), means, rows + (long)(next % kept) * pitch, 0);
            }

            AddRows(rows, pitch, from % kept, kept, weights, sum);
            AddColumns(sum, to + (long)y * stride);
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
    private void AddColumns(float* row, float* to)
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

            sum.Store(to + x * PyramidPlane.Channels);
        }
    }

    /// <summary>For each row (or column) of a level, which rows of the image it is the sum of, and with what weights.</summary>
    private sealed class WeightedSums
    {
        private Reach[] _reaches = [];
        private float[] _weights = [];

        public int Count { get; private set; }

        /// <summary>Terms of the longest sum.</summary>
        public int Most { get; private set; }

        /// <summary>The weights of one sum; the first belongs to row <paramref name="from"/> of the image.</summary>
        public ReadOnlySpan<float> Terms(int index, out int from)
        {
            from = _reaches[index].From;
            return _weights.AsSpan(index * Most, _reaches[index].Length);
        }

        /// <summary>The image itself: each row is a sum of one term.</summary>
        public void StartWith(int count)
        {
            TakeReaches(count);
            for (var i = 0; i < count; i++)
            {
                _reaches[i] = new Reach(i, i + 1);
            }

            TakeWeights(1);
            _weights.AsSpan(0, count).Fill(1);
        }

        /// <summary>The sums of a level, each of two neighbours of the level before.</summary>
        public void Combine(WeightedSums before, ReadOnlySpan<PyramidPlane.Column> steps)
        {
            TakeReaches(steps.Length);
            var most = 0;
            for (var i = 0; i < Count; i++)
            {
                var left = before._reaches[steps[i].Left];
                _reaches[i] = steps[i].Fraction == 0 ? left : new Reach(left.From, before._reaches[steps[i].Left + 1].End);
                most = Math.Max(most, _reaches[i].Length);
            }

            TakeWeights(most);
            for (var i = 0; i < Count; i++)
            {
                Add(before, steps[i].Left, 1 - steps[i].Fraction, i);
                if (steps[i].Fraction != 0)
                {
                    Add(before, steps[i].Left + 1, steps[i].Fraction, i);
                }
            }
        }

        private void Add(WeightedSums before, int index, float factor, int to)
        {
            var terms = before.Terms(index, out var from);
            var at = to * Most + from - _reaches[to].From;
            for (var i = 0; i < terms.Length; i++)
            {
                _weights[at + i] += factor * terms[i];
            }
        }

        private void TakeReaches(int count)
        {
            Count = count;
            if (_reaches.Length < count)
            {
                _reaches = new Reach[count];
            }
        }

        private void TakeWeights(int most)
        {
            Most = most;
            if (_weights.Length < Count * most)
            {
                _weights = new float[Count * most];
            }

            _weights.AsSpan(0, Count * most).Clear();
        }

        private readonly record struct Reach(int From, int End)
        {
            public int Length => End - From;
        }
    }
}
