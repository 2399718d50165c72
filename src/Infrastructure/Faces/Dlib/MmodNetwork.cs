using FaceId.Infrastructure.Faces.Kernels;

namespace FaceId.Infrastructure.Faces.Dlib;

/// <summary>The detector's convolutions, from the plane to one score for each place. Any number of threads may share it.</summary>
/// <remarks>
/// The first layers halve the plane, which may be far larger than the processor's cache, again and again. They work in strips: as soon as
/// a layer has made the rows that one row of tiles of the next one needs, that one goes on.
/// </remarks>
internal sealed unsafe class MmodNetwork : IDisposable
{
    private readonly WeightMemory _memory = new();
    private readonly FoldedConvolution[] _shapes;
    private readonly WinogradConvolution[] _hidden;
    private readonly ScoreConvolution _last;
    private readonly int _halving;

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

            _hidden[i] = new WinogradConvolution(
                _memory, shape.Filters, shape.Channels, channels, shape.Rows, shape.Stride, shape.Weights, shape.Biases);
            channels = Products.Padded(shape.Filters);
        }

        var last = _shapes[^1];
        if (last is not { Filters: 1, Stride: 1 } || last.Rows != last.Columns || last.PaddingX != last.Columns / 2)
        {
            throw new InvalidDataException("The detector's last layer is not the expected one.");
        }

        _halving = Array.FindIndex(_shapes, shape => shape.Stride == 1);
        if (_halving == 0 || _shapes[_halving..].Any(shape => shape.Stride != 1) || _shapes[.._halving].Any(shape => shape.PaddingX != 0))
        {
            throw new InvalidDataException("The detector's layers are not in the expected order.");
        }

        _last = new ScoreConvolution(_memory, last.Channels, channels, last.Rows, last.Weights, last.Biases[0]);
    }

    /// <summary>A plane of that size with the margins that the first layer needs; its content is not set.</summary>
    public FeatureMap Plane(int height, int width, MmodWorkspace workspace) =>
        new(workspace.Plane, height, width, PyramidPlane.Channels, 0, MarginAfter(0, height, width));

    /// <summary>Runs all layers.</summary>
    /// <returns>Rows x columns scores, valid until the workspace is used again; empty when the plane is smaller than the filters.</returns>
    public ReadOnlySpan<float> Score(
        FeatureMap plane, MmodWorkspace workspace, CancellationToken cancellationToken, out int rows, out int columns)
    {
        rows = columns = 0;
        var (height, width) = (plane.Height, plane.Width);
        foreach (var shape in _shapes.AsSpan(0, _hidden.Length))
        {
            (height, width) = (shape.OutputRows(height), shape.OutputColumns(width));
            if (height == 0 || width == 0)
            {
                return [];
            }
        }

        var map = Halve(plane, workspace, cancellationToken);
        for (var i = _halving; i < _hidden.Length; i++)
        {
            var next = MapAfter(i, map.Height, map.Width, workspace);
            _hidden[i].Run(map, next, _shapes[i].PaddingX, other: null, relu: true, workspace.Tiles);
            map = next;
        }

        (rows, columns) = (map.Height, map.Width);
        var scores = workspace.Scores.Take((long)rows * columns);
        _last.Run(map, scores);
        return new ReadOnlySpan<float>(scores, rows * columns);
    }

    public void Dispose() => _memory.Dispose();

    /// <summary>Runs the layers with a stride, strip by strip.</summary>
    private FeatureMap Halve(FeatureMap plane, MmodWorkspace workspace, CancellationToken cancellationToken)
    {
        var strips = new MapStrip[_halving - 1];
        var (height, width) = (plane.Height, plane.Width);
        for (var i = 0; i < strips.Length; i++)
        {
            (height, width) = (_shapes[i].OutputRows(height), _shapes[i].OutputColumns(width));
            // One row of tiles of the next layer, and one that was begun.
            var rows = RowsRead(i + 1, _hidden[i + 1].TileOutputs) + 2 * _hidden[i].TileOutputs;
            strips[i] = new MapStrip(
                workspace.Strip(i), height, width, Products.Padded(_shapes[i].Filters), rows, MarginAfter(i + 1, height, width));
        }

        var layer = _halving - 1;
        var map = MapAfter(layer, height, width, workspace);
        for (var made = 0; made < map.Height;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var rows = Math.Min(_hidden[layer].TileOutputs, map.Height - made);
            Run(layer, made, map.Rows(made, rows), plane, strips, workspace);
            made += rows;
        }

        return map;
    }

    /// <summary>Computes some rows of a layer's output, and before that the rows of all layers before it that they need.</summary>
    /// <param name="first">The first of the rows.</param>
    private void Run(int layer, int first, FeatureMap output, FeatureMap plane, MapStrip[] strips, MmodWorkspace workspace)
    {
        var top = first * _shapes[layer].Stride;
        if (layer == 0)
        {
            _hidden[0].Run(plane.Rows(top, plane.Height - top), output, 0, other: null, relu: true, workspace.Tiles);
            return;
        }

        var input = strips[layer - 1];
        input.DropBefore(top);
        // Tiles that hang over the end also read the zeros there.
        var needed = output.Height < _hidden[layer].TileOutputs ? input.Height : top + RowsRead(layer, output.Height);
        while (input.Made < needed)
        {
            var rows = Math.Min(_hidden[layer - 1].TileOutputs, input.Height - input.Made);
            Run(layer - 1, input.Made, input.Next(rows), plane, strips, workspace);
            input.Add(rows);
        }

        _hidden[layer].Run(input.From(top), output, 0, other: null, relu: true, workspace.Tiles);
    }

    /// <summary>Rows of its input that a layer needs for so many rows of output.</summary>
    private int RowsRead(int layer, int outputs) => (outputs - 1) * _shapes[layer].Stride + _shapes[layer].Rows;

    /// <summary>A map for the whole output of a layer.</summary>
    /// <param name="height">Rows of the layer's input.</param>
    private FeatureMap MapAfter(int layer, int height, int width, MmodWorkspace workspace)
    {
        var shape = _shapes[layer];
        (height, width) = (shape.OutputRows(height), shape.OutputColumns(width));
        var map = new FeatureMap(
            workspace.Map(layer), height, width, Products.Padded(shape.Filters), _shapes[layer + 1].PaddingX, MarginAfter(layer + 1, height, width));
        map.ClearMargin();
        return map;
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
    private readonly List<NativeBuffer<float>> _strips = [];

    public NativeBuffer<float> Plane { get; } = new();

    public NativeBuffer<float> Tiles { get; } = new();

    public NativeBuffer<float> Scores { get; } = new();

    /// <summary>For the strip of a layer that halves.</summary>
    public NativeBuffer<float> Strip(int layer)
    {
        while (_strips.Count <= layer)
        {
            _strips.Add(new());
        }

        return _strips[layer];
    }

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
        _strips.ForEach(strip => strip.Dispose());
        Plane.Dispose();
        Tiles.Dispose();
        Scores.Dispose();
    }
}
