using System.Runtime.CompilerServices;

namespace FaceId.Infrastructure.Faces.Kernels;

/// <summary>A convolution as a sum of products, for filters and maps that Winograd's method does not suit.</summary>
internal sealed unsafe class DirectConvolution
{
    private readonly float* _weights;
    private readonly float* _bias;
    private readonly float* _slopes;
    private readonly int _channels;
    private readonly int _side;
    private readonly int _stride;
    private readonly int _inputs;
    private readonly int _outputs;

    /// <param name="memory">Holds the filters; must live longer than the convolution.</param>
    /// <param name="channels">Channels of the input map, which may be more than the filters have.</param>
    /// <param name="weights">Filters x filterChannels x side x side.</param>
    /// <param name="slopes">What negative results are multiplied with, a number for each filter; empty where they stay as they are.</param>
    public DirectConvolution(
        WeightMemory memory, int filters, int filterChannels, int channels, int side, int stride,
        ReadOnlySpan<float> weights, ReadOnlySpan<float> bias, ReadOnlySpan<float> slopes = default)
    {
        _side = side;
        _channels = channels;
        _stride = stride;
        _outputs = Products.Padded(filters);
        _inputs = side * side * channels;
        _weights = memory.Take((long)_inputs * _outputs);
        Pack(filters, filterChannels, channels, weights);
        _bias = memory.Take(_outputs);
        bias[..filters].CopyTo(new Span<float>(_bias, filters));
        if (!slopes.IsEmpty)
        {
            _slopes = memory.Take(_outputs);
            slopes[..filters].CopyTo(new Span<float>(_slopes, filters));
        }
    }

    /// <summary>Channels of the output map.</summary>
    public int Outputs => _outputs;

    /// <summary>Computes the inside of the output map.</summary>
    /// <remarks>Pixels are taken six by six across the ends of rows, so that even a map of 4x4 fills the registers of the product.</remarks>
    /// <param name="input">Has margins of zeros of at least <paramref name="padding"/> on every side.</param>
    /// <param name="other">A map of the output's channels to add, or null; it may be the output itself.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(FeatureMap input, FeatureMap output, int padding, FeatureMap? other, bool relu)
    {
        var runs = new Products.Runs(_side * input.Channels, _side, input.RowStep);
        var rows = stackalloc Products.Row[Products.MostRows];
        for (int k = 0, columns; k < output.Channels; k += columns)
        {
            columns = Products.Together(output.Channels - k);
            var panel = _weights + (nint)k * _inputs;
            int x = 0, y = 0;
            for (var left = output.Height * output.Width; left > 0; left -= Products.MostRows)
            {
                var count = Math.Min(left, Products.MostRows);
                for (var i = 0; i < count; i++)
                {
                    rows[i] = new Products.Row(
                        input.At(y * _stride - padding, x * _stride - padding), output.At(y, x) + k, other is { } map ? map.At(y, x) + k : null);
                    if (++x == output.Width)
                    {
                        x = 0;
                        y++;
                    }
                }

                Products.Multiply(rows, count, runs, panel, columns, new Products.Ending(_bias + k, relu, SlopesAt(k)));
            }
        }
    }

    /// <summary>Computes pixels that lie anywhere.</summary>
    /// <param name="rows">
    /// For each pixel the first number that the filter sees, and where its channels begin in the output and in what is added; room for
    /// <see cref="Products.MostRows"/> more, which are overwritten.
    /// </param>
    /// <param name="rowStep">Floats from one row of the filter to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(Products.Row* rows, int count, nint rowStep = 0)
    {
        var runs = new Products.Runs(_side * _channels, _side, rowStep);
        for (int k = 0, columns; k < _outputs; k += columns)
        {
            columns = Products.Together(_outputs - k);
            var panel = _weights + (nint)k * _inputs;
            var ending = new Products.Ending(_bias + k, false, SlopesAt(k), k);
            for (var i = 0; i < count; i += Products.MostRows)
            {
                Products.Multiply(rows + i, Math.Min(count - i, Products.MostRows), runs, panel, columns, ending);
            }
        }
    }

    private float* SlopesAt(int output) => _slopes is null ? null : _slopes + output;

    /// <summary>Inputs in the order in which they lie in a map: row and column of the filter, then channel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Pack(int filters, int filterChannels, int channels, ReadOnlySpan<float> weights)
    {
        var taps = _side * _side;
        for (var k = 0; k < filters; k++)
        {
            for (var channel = 0; channel < filterChannels; channel++)
            {
                var filter = weights.Slice((k * filterChannels + channel) * taps, taps);
                for (var tap = 0; tap < taps; tap++)
                {
                    _weights[Products.At(_inputs, tap * channels + channel, k)] = filter[tap];
                }
            }
        }
    }
}
