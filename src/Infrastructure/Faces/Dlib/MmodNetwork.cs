using FaceId.Infrastructure.Faces.Kernels;

namespace FaceId.Infrastructure.Faces.Dlib;

/// <summary>The detector's convolutions, from the plane to one score for each place. Any number of threads may share it.</summary>
internal sealed unsafe class MmodNetwork : IDisposable
{
    private readonly FoldedConvolution[] _shapes;
    private readonly WinogradConvolution[] _hidden;
    private readonly ScoreConvolution _last;

    public MmodNetwork(MmodModel model)
    {
        _shapes = [.. model.Convolutions];
        _hidden = new WinogradConvolution[_shapes.Length - 1];
        var channels = PyramidPlane.Channels;
        for (var i = 0; i < _hidden.Length; i++)
        {
            var shape = _shapes[i];
            if (shape is not { Rows: 5, Columns: 5, Stride: 1 or 2 })
            {
                throw new InvalidDataException($"The detector has a convolution of {shape.Rows}x{shape.Columns}, which is not the expected network.");
            }

            _hidden[i] = new WinogradConvolution(shape.Filters, shape.Channels, channels, shape.Rows, shape.Stride, shape.Weights, shape.Biases);
            channels = Products.Padded(shape.Filters);
        }

        var last = _shapes[^1];
        if (last is not { Filters: 1, Stride: 1 } || last.Rows != last.Columns || last.PaddingX != last.Columns / 2)
        {
            throw new InvalidDataException("The detector's last layer is not the expected one.");
        }

        _last = new ScoreConvolution(last.Channels, channels, last.Rows, last.Weights, last.Biases[0]);
    }

    /// <summary>A plane of that size with the margins that the first layer needs; its content is not set.</summary>
    public FeatureMap Plane(PyramidLayout layout, MmodWorkspace workspace) =>
        new(workspace.Plane, layout.Height, layout.Width, PyramidPlane.Channels, 0, MarginAfter(0, layout.Height, layout.Width));

    /// <summary>Runs all layers.</summary>
    /// <returns>Rows x columns scores, valid until the workspace is used again; empty when the plane is smaller than the filters.</returns>
    public ReadOnlySpan<float> Score(FeatureMap plane, MmodWorkspace workspace, out int rows, out int columns)
    {
        var map = plane;
        rows = columns = 0;
        for (var i = 0; i < _hidden.Length; i++)
        {
            var shape = _shapes[i];
            var height = shape.OutputRows(map.Height);
            var width = shape.OutputColumns(map.Width);
            if (height == 0 || width == 0)
            {
                return [];
            }

            var next = new FeatureMap(
                workspace.Map(i), height, width, Products.Padded(shape.Filters), _shapes[i + 1].PaddingX, MarginAfter(i + 1, height, width));
            next.ClearMargin();
            _hidden[i].Run(map, next, shape.PaddingX, other: null, relu: true, workspace.Tiles);
            map = next;
        }

        (rows, columns) = (map.Height, map.Width);
        var scores = workspace.Scores.Take((long)rows * columns);
        _last.Run(map, scores);
        return new ReadOnlySpan<float>(scores, rows * columns);
    }

    public void Dispose()
    {
        foreach (var layer in _hidden)
        {
            layer.Dispose();
        }

        _last.Dispose();
    }

    /// <summary>The margin below and to the right that layer <paramref name="i"/> needs of its input.</summary>
    private int MarginAfter(int i, int height, int width)
    {
        var shape = _shapes[i];
        return i == _hidden.Length
            ? shape.PaddingX
            : Math.Max(
                _hidden[i].MarginAfter(shape.OutputRows(height), height, shape.PaddingX),
                _hidden[i].MarginAfter(shape.OutputColumns(width), width, shape.PaddingX));
    }
}

/// <summary>Memory of one worker for a run of the detector.</summary>
internal sealed class MmodWorkspace : IDisposable
{
    private readonly NativeBuffer<float> _even = new();
    private readonly NativeBuffer<float> _odd = new();

    public NativeBuffer<float> Plane { get; } = new();

    public NativeBuffer<float> Tiles { get; } = new();

    public NativeBuffer<float> Scores { get; } = new();

    /// <summary>Layers write to two buffers in turn.</summary>
    public NativeBuffer<float> Map(int layer) => layer % 2 == 0 ? _even : _odd;

    public void TrimTo(long bytes)
    {
        Plane.TrimTo(bytes);
        _even.TrimTo(bytes);
        _odd.TrimTo(bytes);
    }

    public void Dispose()
    {
        _even.Dispose();
        _odd.Dispose();
        Plane.Dispose();
        Tiles.Dispose();
        Scores.Dispose();
    }
}
