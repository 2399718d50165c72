using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FaceId.Infrastructure.Faces.Kernels;

/// <summary>A convolution of 3x3 or 5x5 with stride 1, or of 5x5 or 7x7 with stride 2, by Winograd's method.</summary>
/// <remarks>
/// A filter of 5x5 (7x7) with stride 2 is a filter of 3x3 (4x4) with stride 1 over the four images that every second row and column make; two
/// pixels side by side already lie together in memory, so only rows are told apart. Tiles are worked on in blocks whose transformed inputs and
/// products stay in the second-level cache.
/// </remarks>
[SkipLocalsInit]
internal sealed unsafe class WinogradConvolution
{
    /// <summary>Floats of a block's transformed inputs and products: what the second-level cache holds beside some filters.</summary>
    private const int BlockFloats = 75_000;

    /// <summary>Multiplications that take as long as reading a number of a filter from memory.</summary>
    private const double ReadingOfFilter = 4;

    /// <summary>Floats of a line of the cache.</summary>
    private const int Line = 16;

    private static readonly int[] Sizes = [4, 6, 8];

    private readonly float* _weights;
    private readonly float* _bias;
    private readonly Point[] _points;
    private readonly int _size;
    private readonly int _stride;
    private readonly int _inputs;
    private readonly int _outputs;

    /// <param name="memory">Holds the filters; must live longer than the convolution.</param>
    /// <param name="channels">Channels of the input map, which may be more than the filters have.</param>
    /// <param name="side">Rows and columns of a filter.</param>
    /// <param name="weights">Filters x filterChannels x side x side.</param>
    /// <param name="outputSide">Rows and columns of the output, for the tiles that cover it with the fewest multiplications.</param>
    public WinogradConvolution(
        WeightMemory memory, int filters, int filterChannels, int channels, int side, int stride,
        ReadOnlySpan<float> weights, ReadOnlySpan<float> bias, int outputSide = int.MaxValue)
    {
        _stride = stride;
        _outputs = Products.Padded(filters);
        var taps = (side + stride - 1) / stride;
        _size = taps == 3 ? Sizes.MinBy(size => Cost(size, taps, outputSide)) : 8;
        TileOutputs = _size - taps + 1;
        // Inputs of one point: all channels; with stride 2 those of two rows of two pixels.
        _inputs = stride * stride * channels;
        _points = Points(channels);
        _weights = memory.Take(_points[^1].Weights + _points[^1].Inputs * _outputs);
        Pack(WinogradTransforms.Filter(_size, taps), filters, filterChannels, channels, side, weights);
        _bias = memory.Take(_outputs);
        bias[..filters].CopyTo(new Span<float>(_bias, filters));
    }

    /// <summary>Rows and columns of outputs of one tile.</summary>
    public int TileOutputs { get; }

    /// <summary>Columns or rows of margin that an input map needs after its last one, so that whole tiles can be read.</summary>
    /// <param name="outputs">Rows or columns of the output.</param>
    /// <param name="inputs">Rows or columns of the input.</param>
    /// <param name="padding">Zeros before the first.</param>
    public int MarginAfter(int outputs, int inputs, int padding)
    {
        var read = _stride * ((Tiles(outputs) - 1) * TileOutputs + _size);
        return Math.Max(0, read - padding - inputs);
    }

    /// <summary>Computes the inside of the output map.</summary>
    /// <param name="input">Has margins of at least <paramref name="padding"/> before and <see cref="MarginAfter"/> after, all zeros.</param>
    /// <param name="padding">Rows and columns of zeros before the first.</param>
    /// <param name="other">A map of the output's size and channels to add, or null.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(FeatureMap input, FeatureMap output, int padding, FeatureMap? other, bool relu, NativeBuffer<float> workspace)
    {
        var tilesX = Tiles(output.Width);
        var tiles = tilesX * Tiles(output.Height);
        var block = Math.Min(tiles, TilesOfBlock);
        var inputStep = Step(block, _inputs);
        var productStep = Step(block, _outputs);
        var inputs = workspace.Take(_points.Length * (inputStep + productStep));
        var products = inputs + _points.Length * inputStep;
        for (var start = 0; start < tiles; start += block)
        {
            var count = Math.Min(block, tiles - start);
            for (var i = 0; i < count; i++)
            {
                var (tileY, tileX) = Math.DivRem(start + i, tilesX);
                ReadTile(input, tileY, tileX, padding, inputs + (nint)i * _inputs, inputStep);
            }

            for (var i = 0; i < _points.Length; i++)
            {
                ref readonly var point = ref _points[i];
                var panel = _weights + point.Weights;
                for (int k = 0, columns; k < _outputs; k += columns)
                {
                    columns = Products.Together(_outputs - k);
                    Products.Multiply(inputs + i * inputStep, _inputs, count, point.Runs, panel, columns, products + i * productStep + k, _outputs);
                    panel += point.Inputs * columns;
                }
            }

            for (var i = 0; i < count; i++)
            {
                var (tileY, tileX) = Math.DivRem(start + i, tilesX);
                WriteTile(output, tileY, tileX, other, relu, products + (nint)i * _outputs, productStep);
            }
        }
    }

    /// <summary>Floats from one point to the next, for so many tiles and those that the products touch after them.</summary>
    /// <remarks>An odd number of lines, so that the points of a tile fall into different sets of the cache.</remarks>
    private static nint Step(int tiles, int channels) => (((nint)Products.PaddedRows(tiles) * channels + Line - 1) / Line | 1) * Line;

    /// <summary>What a tile of that size costs, in multiplications for each pair of an input and an output.</summary>
    private static double Cost(int size, int taps, int outputs)
    {
        var tiles = Math.Ceiling(outputs / (size - taps + 1.0));
        return size * size * (tiles * tiles + ReadingOfFilter);
    }

    private int TilesOfBlock =>
        Math.Max(1, BlockFloats / (_points.Length * (_inputs + _outputs)) / Products.MostRows) * Products.MostRows;

    private int Tiles(int outputs) => (outputs + TileOutputs - 1) / TileOutputs;

    /// <summary>What each point of a tile multiplies.</summary>
    /// <remarks>
    /// Every second row and column of a filter of 5x5 or 7x7 make filters of one row or column less. Filled up with zeros, those are
    /// zero at the last point, infinity, which stands for the last row or column alone.
    /// </remarks>
    private Point[] Points(int channels)
    {
        var points = new Point[_size * _size];
        var weights = (nint)0;
        for (var i = 0; i < points.Length; i++)
        {
            var (y, x) = Math.DivRem(i, _size);
            var rows = y == _size - 1 ? 1 : _stride;
            var columns = x == _size - 1 ? 1 : _stride;
            var runs = columns == _stride
                ? new Products.Runs(rows * columns * channels)
                : new Products.Runs(channels, rows, _stride * channels);
            points[i] = new Point(weights, rows, columns, runs);
            weights += points[i].Inputs * _outputs;
        }

        return points;
    }

    /// <summary>Transforms all filters: for each point a matrix of inputs x outputs, in panels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Pack(double[,] g, int filters, int filterChannels, int channels, int side, ReadOnlySpan<float> weights)
    {
        var taps = g.GetLength(1);
        Span<double> filter = stackalloc double[taps * taps];
        Span<float> transformed = stackalloc float[_points.Length];
        for (var k = 0; k < filters; k++)
        {
            for (var input = 0; input < _stride * _stride * filterChannels; input++)
            {
                var (phase, channel) = Math.DivRem(input, filterChannels);
                var (phaseY, phaseX) = Math.DivRem(phase, _stride);
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
                for (var i = 0; i < _points.Length; i++)
                {
                    ref readonly var point = ref _points[i];
                    if (phaseY < point.Rows && phaseX < point.Columns)
                    {
                        var at = (phaseY * point.Columns + phaseX) * channels + channel;
                        _weights[point.Weights + Products.At(point.Inputs, at, k)] = transformed[i];
                    }
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
        var row = tileY * TileOutputs * _stride - padding;
        var column = tileX * TileOutputs * _stride - padding;
        var from = input.At(row, column);
        var rowStep = (nint)_stride * input.RowStep;
        var columnStep = (nint)_stride * input.Channels;
        var vectorsOfRow = _inputs / _stride / Vector256<float>.Count;
        for (var phase = 0; phase < _stride; phase++)
        {
            for (var vector = 0; vector < vectorsOfRow; vector++)
            {
                var at = from + phase * input.RowStep + vector * Vector256<float>.Count;
                switch (_size)
                {
                    case 4:
                        WinogradTransforms.Input4(at, rowStep, columnStep, to, toStep);
                        break;
                    case 6:
                        WinogradTransforms.Input6(at, rowStep, columnStep, to, toStep);
                        break;
                    default:
                        WinogradTransforms.Input8(at, rowStep, columnStep, to, toStep);
                        break;
                }

                to += Vector256<float>.Count;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void WriteTile(FeatureMap output, int tileY, int tileX, FeatureMap? other, bool relu, float* from, nint fromStep)
    {
        var tile = stackalloc Vector256<float>[WinogradTransforms.MostOutputs * WinogradTransforms.MostOutputs];
        int row = tileY * TileOutputs, column = tileX * TileOutputs;
        var rows = Math.Min(TileOutputs, output.Height - row);
        var columns = Math.Min(TileOutputs, output.Width - column);
        var bias = _bias;
        var least = relu ? Vector256<float>.Zero : Vector256.Create(float.NegativeInfinity);
        for (var k = 0; k < output.Channels; k += Vector256<float>.Count)
        {
            switch (_size)
            {
                case 4:
                    WinogradTransforms.Output4(from + k, fromStep, tile);
                    break;
                case 6:
                    WinogradTransforms.Output6(from + k, fromStep, tile);
                    break;
                default:
                    WinogradTransforms.Output8(from + k, fromStep, TileOutputs, tile);
                    break;
            }

            var add = Vector256.Load(bias + k);
            for (var y = 0; y < rows; y++)
            {
                var to = output.At(row + y, column) + k;
                var more = other is { } map ? map.At(row + y, column) + k : null;
                for (var x = 0; x < columns; x++)
                {
                    var value = tile[TileOutputs * y + x] + add;
                    if (more is not null)
                    {
                        value += Vector256.Load(more + x * output.Channels);
                    }

                    Vector256.MaxNative(value, least).Store(to + x * output.Channels);
                }
            }
        }
    }

    /// <param name="Weights">Where the point's panels begin.</param>
    /// <param name="Rows">Rows of pixels that a row of the filter stands for; with stride 2 two, but one at infinity.</param>
    /// <param name="Columns">The same for columns.</param>
    /// <param name="Runs">Where the numbers that are multiplied lie among all inputs of a tile.</param>
    private readonly record struct Point(nint Weights, int Rows, int Columns, Products.Runs Runs)
    {
        /// <summary>Numbers multiplied for one tile.</summary>
        public int Inputs => (int)Runs.Length * Runs.Count;
    }
}
