using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FaceId.Infrastructure.Faces.Kernels;

/// <summary>A convolution with one filter and stride 1: the inner product of each place's surroundings with the filter.</summary>
internal sealed unsafe class ScoreConvolution
{
    private const int Together = 8;

    private readonly float* _weights;
    private readonly int _side;
    private readonly int _run;
    private readonly float _bias;

    /// <param name="memory">Holds the filter; must live longer than the convolution.</param>
    /// <param name="channels">Channels of the input map, a multiple of eight; those that the filter lacks are taken as zero.</param>
    /// <param name="weights">filterChannels x side x side.</param>
    public ScoreConvolution(WeightMemory memory, int filterChannels, int channels, int side, ReadOnlySpan<float> weights, float bias)
    {
        _side = side;
        _run = side * channels;
        _bias = bias;
        _weights = memory.Take(side * _run);
        for (var channel = 0; channel < filterChannels; channel++)
        {
            for (var y = 0; y < side; y++)
            {
                for (var x = 0; x < side; x++)
                {
                    _weights[(y * side + x) * channels + channel] = weights[(channel * side + y) * side + x];
                }
            }
        }
    }

    /// <param name="input">With margins of half a filter before and after.</param>
    /// <param name="scores">Receives input height x input width numbers.</param>
    public void Run(FeatureMap input, float* scores)
    {
        for (var y = 0; y < input.Height; y++)
        {
            var x = 0;
            for (; x + Together <= input.Width; x += Together)
            {
                Eight(input, y, x, scores + x);
            }

            for (; x < input.Width; x++)
            {
                scores[x] = One(input, y, x);
            }

            scores += input.Width;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Eight(FeatureMap input, int y, int x, float* scores)
    {
        Vector256<float> a = default, b = default, c = default, d = default, e = default, f = default, g = default, h = default;
        var weights = _weights;
        nint step = input.Channels;
        for (var row = 0; row < _side; row++)
        {
            var p = input.At(y + row - _side / 2, x - _side / 2);
            var q = p + 3 * step;
            var r = p + 6 * step;
            for (var i = 0; i < _run; i += Vector256<float>.Count)
            {
                var w = Vector256.Load(weights + i);
                a = Vector256.MultiplyAddEstimate(w, Vector256.Load(p + i), a);
                b = Vector256.MultiplyAddEstimate(w, Vector256.Load(p + step + i), b);
                c = Vector256.MultiplyAddEstimate(w, Vector256.Load(p + 2 * step + i), c);
                d = Vector256.MultiplyAddEstimate(w, Vector256.Load(q + i), d);
                e = Vector256.MultiplyAddEstimate(w, Vector256.Load(q + step + i), e);
                f = Vector256.MultiplyAddEstimate(w, Vector256.Load(q + 2 * step + i), f);
                g = Vector256.MultiplyAddEstimate(w, Vector256.Load(r + i), g);
                h = Vector256.MultiplyAddEstimate(w, Vector256.Load(r + step + i), h);
            }

            weights += _run;
        }

        scores[0] = Vector256.Sum(a) + _bias;
        scores[1] = Vector256.Sum(b) + _bias;
        scores[2] = Vector256.Sum(c) + _bias;
        scores[3] = Vector256.Sum(d) + _bias;
        scores[4] = Vector256.Sum(e) + _bias;
        scores[5] = Vector256.Sum(f) + _bias;
        scores[6] = Vector256.Sum(g) + _bias;
        scores[7] = Vector256.Sum(h) + _bias;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private float One(FeatureMap input, int y, int x)
    {
        Vector256<float> sum = default;
        var weights = _weights;
        for (var row = 0; row < _side; row++)
        {
            var p = input.At(y + row - _side / 2, x - _side / 2);
            for (var i = 0; i < _run; i += Vector256<float>.Count)
            {
                sum = Vector256.MultiplyAddEstimate(Vector256.Load(weights + i), Vector256.Load(p + i), sum);
            }

            weights += _run;
        }

        return Vector256.Sum(sum) + _bias;
    }
}
