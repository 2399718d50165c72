using System.Runtime.CompilerServices;
using FaceId.Infrastructure.Faces.Kernels;

namespace FaceId.Infrastructure.Faces.Mobile;

/// <summary>A convolution that widens a map and the depthwise one after it, in strips: the wide map never takes its whole memory.</summary>
/// <remarks>Its rows lie in a ring with a pixel of zeros at either end; what is needed again is still there.</remarks>
internal sealed unsafe class DepthwiseUnit
{
    private const int Margin = 1;
    private const int Taps = 3;

    private readonly DirectConvolution _first;
    private readonly DepthwiseConvolution _second;
    private readonly int _stride;
    private readonly int _ringRows;

    /// <param name="channels">Channels of the input's pixels in memory.</param>
    /// <param name="side">Rows and columns of the wide map.</param>
    /// <param name="stripPixels">About how many pixels a strip of results has.</param>
    public DepthwiseUnit(WeightMemory memory, MobileConvolution first, int channels, MobileConvolution second, int side, int stripPixels)
    {
        _first = new DirectConvolution(
            memory, first.Filters, first.Channels, channels, first.Side, first.Stride, first.Weights, first.Bias, first.Slopes);
        _second = new DepthwiseConvolution(memory, _first.Outputs, second.Stride, second.Weights, second.Bias, second.Slopes);
        _stride = second.Stride;
        InputChannels = channels;
        Side = side;
        OutputSide = (side - 1) / _stride + 1;
        if (OutputSide < DepthwiseConvolution.Together)
        {
            throw new InvalidDataException($"The network is not the expected one: a map of {OutputSide} pixels a row.");
        }

        StripRows = Math.Clamp(stripPixels / OutputSide, 1, OutputSide);
        _ringRows = Math.Min(side, (StripRows - 1) * _stride + Taps);
    }

    public int InputChannels { get; }

    public int Side { get; }

    public int OutputSide { get; }

    public int Channels => _first.Outputs;

    /// <summary>Rows of results that are made together at most.</summary>
    public int StripRows { get; }

    private int RowStep => (Side + 2 * Margin) * Channels;

    /// <summary>Makes room for a map and for the zeros around it.</summary>
    public State Begin(NativeBuffer<float> ring)
    {
        // One row more: the zeros above and below.
        var memory = ring.Take((long)(_ringRows + 1) * RowStep);
        for (var row = 0; row < _ringRows; row++)
        {
            new Span<float>(memory + (nint)row * RowStep, Margin * Channels).Clear();
            new Span<float>(memory + (nint)(row + 1) * RowStep - Margin * Channels, Margin * Channels).Clear();
        }

        new Span<float>(memory + (nint)_ringRows * RowStep, RowStep).Clear();
        return new State(memory);
    }

    /// <summary>How many rows of the wide map must have been made for results up to a row.</summary>
    public int Needed(int outputs) => Math.Min(Side, (outputs - 1) * _stride + Taps - Margin);

    /// <summary>Makes further rows of the wide map.</summary>
    /// <param name="from">What the filter sees first for the first pixel of the next row.</param>
    /// <param name="pixelStep">Floats from there to what it sees for the next pixel.</param>
    /// <param name="outputRowStep">The same for the next row.</param>
    /// <param name="filterRowStep">Floats between rows of the filter.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Widen(ref State state, int rows, float* from, nint pixelStep, nint outputRowStep, nint filterRowStep, NativeBuffer<Products.Row> table)
    {
        var pixels = table.Take(rows * Side + Products.MostRows);
        var pixel = pixels;
        for (var row = 0; row < rows; row++)
        {
            var to = RowOf(state, state.Made + row) + Margin * Channels;
            for (var x = 0; x < Side; x++)
            {
                *pixel++ = new Products.Row(from + row * outputRowStep + x * pixelStep, to + (nint)x * Channels, null);
            }
        }

        _first.Run(pixels, rows * Side, filterRowStep);
        state.Made += rows;
    }

    /// <summary>Makes some rows of results, one pixel after the other.</summary>
    public void Run(State state, int first, int rows, float* to)
    {
        for (var row = first; row < first + rows; row++)
        {
            var middle = row * _stride;
            _second.Run(RowOf(state, middle - 1), RowOf(state, middle), RowOf(state, middle + 1), to, OutputSide);
            to += (nint)OutputSide * Channels;
        }
    }

    private float* RowOf(State state, int row) => state.Memory + (nint)(row < 0 || row >= Side ? _ringRows : row % _ringRows) * RowStep;

    /// <summary>How far a map has been made.</summary>
    public struct State(float* memory)
    {
        public readonly float* Memory => memory;

        public int Made { get; set; }
    }
}
