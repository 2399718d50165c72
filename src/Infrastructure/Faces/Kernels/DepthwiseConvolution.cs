using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FaceId.Infrastructure.Faces.Kernels;

/// <summary>A convolution of 3x3 in which each channel sees only itself, followed by a slope for negative results.</summary>
/// <remarks>Four pixels at a time, eight channels at a time: each number of a filter is loaded once for four results.</remarks>
internal sealed unsafe class DepthwiseConvolution
{
    /// <summary>Pixels made together, and the fewest that a row may have.</summary>
    public const int Together = 4;

    private const int Side = 3;

    private readonly float* _weights;
    private readonly float* _bias;
    private readonly float* _slopes;
    private readonly int _channels;
    private readonly int _stride;

    /// <param name="memory">Holds the filters; must live longer than the convolution.</param>
    /// <param name="channels">Channels of the maps, a multiple of eight, which may be more than there are filters.</param>
    /// <param name="weights">Filters x 3 x 3.</param>
    /// <param name="slopes">What negative results are multiplied with.</param>
    public DepthwiseConvolution(
        WeightMemory memory, int channels, int stride, ReadOnlySpan<float> weights, ReadOnlySpan<float> bias, ReadOnlySpan<float> slopes)
    {
        _channels = channels;
        _stride = stride;
        _weights = memory.Take(Side * Side * channels);
        for (var i = 0; i < weights.Length; i++)
        {
            _weights[i % (Side * Side) * channels + i / (Side * Side)] = weights[i];
        }

        _bias = memory.Take(channels);
        bias.CopyTo(new Span<float>(_bias, channels));
        _slopes = memory.Take(channels);
        slopes.CopyTo(new Span<float>(_slopes, channels));
    }

    /// <summary>Makes one row.</summary>
    /// <param name="above">The first of three pixels that the first result needs, in the upper of three rows.</param>
    /// <param name="width">Pixels of the result, at least <see cref="Together"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(float* above, float* middle, float* below, float* to, int width)
    {
        nint step = _stride * _channels;
        for (var x = 0; x < width; x += Together)
        {
            // The last four overlap those before them rather than pass the end.
            nint at = Math.Min(x, width - Together);
            Four(above + at * step, middle + at * step, below + at * step, to + at * _channels);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Four(float* above, float* middle, float* below, float* to)
    {
        nint channels = _channels;
        var step = _stride * channels;
        for (nint k = 0; k < channels; k += Vector256<float>.Count)
        {
            Vector256<float> a = Vector256.Load(_bias + k), b = a, c = a, d = a;
            Row(above + k, _weights + k, channels, step, ref a, ref b, ref c, ref d);
            Row(middle + k, _weights + Side * channels + k, channels, step, ref a, ref b, ref c, ref d);
            Row(below + k, _weights + 2 * Side * channels + k, channels, step, ref a, ref b, ref c, ref d);
            var slopes = Vector256.Load(_slopes + k);
            Sloped(a, slopes).Store(to + k);
            Sloped(b, slopes).Store(to + channels + k);
            Sloped(c, slopes).Store(to + 2 * channels + k);
            Sloped(d, slopes).Store(to + 3 * channels + k);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Row(
        float* p, float* weights, nint channels, nint step, ref Vector256<float> a, ref Vector256<float> b, ref Vector256<float> c, ref Vector256<float> d)
    {
        for (var tap = 0; tap < Side; tap++)
        {
            var w = Vector256.Load(weights);
            var q = p + 2 * step;
            a = Vector256.MultiplyAddEstimate(w, Vector256.Load(p), a);
            b = Vector256.MultiplyAddEstimate(w, Vector256.Load(p + step), b);
            c = Vector256.MultiplyAddEstimate(w, Vector256.Load(q), c);
            d = Vector256.MultiplyAddEstimate(w, Vector256.Load(q + step), d);
            weights += channels;
            p += channels;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Sloped(Vector256<float> value, Vector256<float> slopes) => Vector256.MultiplyAddEstimate(
        Vector256.MinNative(value, Vector256<float>.Zero), slopes, Vector256.MaxNative(value, Vector256<float>.Zero));
}
