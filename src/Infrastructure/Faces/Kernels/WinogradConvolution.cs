using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FaceId.Infrastructure.Faces.Kernels;

/// <summary>A convolution of 3x3 or 5x5 with stride 1, or 5x5 with stride 2, by Winograd's method.</summary>
/// <remarks>
/// A filter of 5x5 with stride 2 is a filter of 3x3 with stride 1 over the four images that every second row and column make; two pixels
/// side by side already lie together in memory, so only rows are told apart. Tiles are worked on in blocks whose transformed inputs and
/// products stay in the second-level cache.
/// </remarks>
[SkipLocalsInit]
internal sealed unsafe class WinogradConvolution : IDisposable
{
    /// <summary>Tiles of a block whose filters stay in the cache beside it.</summary>
    private const int SmallBlock = 12;

    /// <summary>Tiles of a block for larger filters: enough that reading these anew for each block costs little.</summary>
    private const int LargeBlock = 24;

    /// <summary>Floats of filters up to which the small block is faster.</summary>
    private const int SmallFilters = 32 * 1024;

    /// <summary>Keeps the points of a tile from falling into the same set of the cache.</summary>
    private const int Skew = 16;

    private readonly NativeBuffer<float> _weights = new();
    private readonly NativeBuffer<float> _bias = new();
    private readonly int _size;
    private readonly int _stride;
    private readonly int _vectors;
    private readonly int _inputs;
    private readonly int _outputs;

    /// <param name="channels">Channels of the input map, which may be more than the filters have.</param>
    /// <param name="weights">Filters x filterChannels x side x side.</param>
    public WinogradConvolution(
        int filters, int filterChannels, int channels, int side, int stride, ReadOnlySpan<float> weights, ReadOnlySpan<float> bias)
    {
        _stride = stride;
        _outputs = Products.Padded(filters);
        var g = side == 5 && stride == 1 ? WinogradTransforms.Filter5 : WinogradTransforms.Filter3;
        _size = g.GetLength(0);
        // Inputs of one point: all channels; with stride 2 those of two rows of two pixels.
        var pair = stride * channels;
        _inputs = stride * pair;
        _vectors = _inputs / Vector256<float>.Count;
        Pack(g, filters, filterChannels, channels, side, weights);
        var biases = _bias.Take(_outputs);
        for (var k = 0; k < _outputs; k++)
        {
            biases[k] = k < filters ? bias[k] : 0;
        }
    }

    /// <summary>Columns or rows of margin that an input map needs after its last one, so that whole tiles can be read.</summary>
    /// <param name="outputs">Rows or columns of the output.</param>
    /// <param name="inputs">Rows or columns of the input.</param>
    /// <param name="padding">Zeros before the first.</param>
    public int MarginAfter(int outputs, int inputs, int padding)
    {
        var tiles = (outputs + WinogradTransforms.Outputs - 1) / WinogradTransforms.Outputs;
        var read = _stride * ((tiles - 1) * WinogradTransforms.Outputs + _size);
        return Math.Max(0, read - padding - inputs);
    }

    /// <summary>Computes the inside of the output map.</summary>
    /// <param name="input">Has margins of at least <paramref name="padding"/> before and <see cref="MarginAfter"/> after, all zeros.</param>
    /// <param name="padding">Rows and columns of zeros before the first.</param>
    /// <param name="other">A map of the output's size and channels to add, or null.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(FeatureMap input, FeatureMap output, int padding, FeatureMap? other, bool relu, NativeBuffer<float> workspace)
    {
        var tilesX = (output.Width + WinogradTransforms.Outputs - 1) / WinogradTransforms.Outputs;
        var tilesY = (output.Height + WinogradTransforms.Outputs - 1) / WinogradTransforms.Outputs;
        var tiles = tilesX * tilesY;
        var points = _size * _size;
        var block = Math.Min(tiles, points * _inputs * _outputs <= SmallFilters ? SmallBlock : LargeBlock);
        var inputStep = (nint)block * _inputs + Skew;
        var productStep = (nint)block * _outputs + Skew;
        var inputs = workspace.Take(points * (inputStep + productStep));
        var products = inputs + points * inputStep;
        var runs = new Products.Runs(_inputs);
        var plain = default(Products.Finish);
        for (var start = 0; start < tiles; start += block)
        {
            var count = Math.Min(block, tiles - start);
            for (var i = 0; i < count; i++)
            {
                var (tileY, tileX) = Math.DivRem(start + i, tilesX);
                ReadTile(input, tileY, tileX, padding, inputs + (nint)i * _inputs, inputStep);
            }

            for (var point = 0; point < points; point++)
            {
                var panel = _weights.Memory + (nint)point * _inputs * _outputs;
                for (var k = 0; k < _outputs; k += Products.Columns)
                {
                    Products.Multiply(
                        inputs + point * inputStep, _inputs, count, runs, panel, products + point * productStep + k, _outputs, plain);
                    panel += _inputs * Products.Columns;
                }
            }

            for (var i = 0; i < count; i++)
            {
                var (tileY, tileX) = Math.DivRem(start + i, tilesX);
                WriteTile(output, tileY, tileX, other, relu, products + (nint)i * _outputs, productStep);
            }
        }
    }

    public void Dispose()
    {
        _weights.Dispose();
        _bias.Dispose();
    }

    /// <summary>Transforms all filters: for each point a matrix of inputs x outputs, in panels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Pack(double[,] g, int filters, int filterChannels, int channels, int side, ReadOnlySpan<float> weights)
    {
        var taps = g.GetLength(1);
        var pair = _stride * channels;
        var points = _size * _size;
        var panels = _weights.Take((long)points * _inputs * _outputs);
        new Span<float>(panels, points * _inputs * _outputs).Clear();
        Span<double> filter = stackalloc double[taps * taps];
        Span<float> transformed = stackalloc float[points];
        for (var k = 0; k < filters; k++)
        {
            for (var input = 0; input < _inputs; input++)
            {
                int phaseY = input / pair, phaseX = input % pair / channels, channel = input % channels;
                if (channel >= filterChannels)
                {
                    continue;
                }

                for (var y = 0; y < taps; y++)
                {
                    for (var x = 0; x < taps; x++)
                    {
                        int row = _stride * y + phaseY, column = _stride * x + phaseX;
                        filter[y * taps + x] = row < side && column < side
                            ? weights[((k * filterChannels + channel) * side + row) * side + column]
                            : 0;
                    }
                }

                Transform(g, filter, transformed);
                var to = panels + Products.At(_inputs, input, k);
                for (var point = 0; point < points; point++)
                {
                    to[(nint)point * _inputs * _outputs] = transformed[point];
                }
            }
        }
    }

    /// <summary>G g G'.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transform(double[,] g, ReadOnlySpan<double> filter, Span<float> result)
    {
        int size = g.GetLength(0), taps = g.GetLength(1);
        Span<double> half = stackalloc double[size * taps];
        for (var i = 0; i < size; i++)
        {
            for (var x = 0; x < taps; x++)
            {
                var sum = 0.0;
                for (var y = 0; y < taps; y++)
                {
                    sum += g[i, y] * filter[y * taps + x];
                }

                half[i * taps + x] = sum;
            }
        }

        for (var i = 0; i < size; i++)
        {
            for (var j = 0; j < size; j++)
            {
                var sum = 0.0;
                for (var x = 0; x < taps; x++)
                {
                    sum += half[i * taps + x] * g[j, x];
                }

                result[i * size + j] = (float)sum;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ReadTile(FeatureMap input, int tileY, int tileX, int padding, float* to, nint toStep)
    {
        var row = tileY * WinogradTransforms.Outputs * _stride - padding;
        var column = tileX * WinogradTransforms.Outputs * _stride - padding;
        var from = input.At(row, column);
        var rowStep = (nint)_stride * input.RowStep;
        var columnStep = (nint)_stride * input.Channels;
        var vectorsOfRow = _vectors / _stride;
        for (var phase = 0; phase < _stride; phase++)
        {
            for (var vector = 0; vector < vectorsOfRow; vector++)
            {
                var at = from + phase * input.RowStep + vector * Vector256<float>.Count;
                if (_size == 6)
                {
                    WinogradTransforms.Input6(at, rowStep, columnStep, to, toStep);
                }
                else
                {
                    WinogradTransforms.Input8(at, rowStep, columnStep, to, toStep);
                }

                to += Vector256<float>.Count;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void WriteTile(FeatureMap output, int tileY, int tileX, FeatureMap? other, bool relu, float* from, nint fromStep)
    {
        var tile = stackalloc Vector256<float>[WinogradTransforms.Outputs * WinogradTransforms.Outputs];
        int row = tileY * WinogradTransforms.Outputs, column = tileX * WinogradTransforms.Outputs;
        var rows = Math.Min(WinogradTransforms.Outputs, output.Height - row);
        var columns = Math.Min(WinogradTransforms.Outputs, output.Width - column);
        var bias = _bias.Memory;
        var least = relu ? Vector256<float>.Zero : Vector256.Create(float.NegativeInfinity);
        for (var k = 0; k < output.Channels; k += Vector256<float>.Count)
        {
            if (_size == 6)
            {
                WinogradTransforms.Output6(from + k, fromStep, tile);
            }
            else
            {
                WinogradTransforms.Output8(from + k, fromStep, tile);
            }

            var add = Vector256.Load(bias + k);
            for (var y = 0; y < rows; y++)
            {
                var to = output.At(row + y, column) + k;
                var more = other is { } map ? map.At(row + y, column) + k : null;
                for (var x = 0; x < columns; x++)
                {
                    var value = tile[WinogradTransforms.Outputs * y + x] + add;
                    if (more is not null)
                    {
                        value += Vector256.Load(more + x * output.Channels);
                    }

                    Vector256.MaxNative(value, least).Store(to + x * output.Channels);
                }
            }
        }
    }
}
