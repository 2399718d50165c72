using FaceId.Infrastructure.Faces.Kernels;

namespace FaceId.Infrastructure.Faces.Dlib;

/// <summary>Runs dlib's recognition network on one chip. Any number of threads may share it.</summary>
internal sealed unsafe class ResNetNetwork : IDisposable
{
    private const int Margin = 1;

    private readonly WeightMemory _memory = new();
    private readonly PixelMeans _means;
    private readonly WinogradConvolution _stem;
    private readonly int _stemSide;
    private readonly int _stemFilters;
    private readonly Block[] _blocks;
    private readonly float* _projection;
    private readonly int _features;

    public ResNetNetwork(ResNetModel model)
    {
        _means = model.Means;
        var stem = model.Stem;
        _stem = new WinogradConvolution(
            _memory, stem.Filters, stem.Channels, PyramidPlane.Channels, stem.Rows, stem.Stride, stem.Weights, stem.Biases);
        _stemSide = stem.OutputRows(ResNetModel.ChipSide);
        _stemFilters = stem.Filters;
        _blocks = new Block[model.Blocks.Count];
        var side = PooledSide;
        for (var i = 0; i < _blocks.Length; i++)
        {
            _blocks[i] = new Block(_memory, model.Blocks[i], side);
            side = _blocks[i].OutputSide;
        }

        _features = model.Projection.Inputs;
        Length = model.Projection.Outputs;
        _projection = _memory.Take((long)_features * Length);
        for (var input = 0; input < _features; input++)
        {
            for (var output = 0; output < Length; output++)
            {
                _projection[Products.At(_features, input, output)] = model.Projection.Weights[input * Length + output];
            }
        }
    }

    /// <summary>How many numbers a vector has.</summary>
    public int Length { get; }

    private int PooledSide => (_stemSide - 3) / 2 + 1;

    /// <param name="chip">150x150 pixels of four bytes.</param>
    /// <param name="vector">Receives <see cref="Length"/> numbers.</param>
    public void Run(byte* chip, Span<float> vector, ResNetWorkspace workspace)
    {
        var pixels = new FeatureMap(
            workspace.Map(0), ResNetModel.ChipSide, ResNetModel.ChipSide, PyramidPlane.Channels, 0,
            _stem.MarginAfter(_stemSide, ResNetModel.ChipSide, 0));
        pixels.ClearMargin();
        PyramidPlane.Normalise(new PixelView(chip, ResNetModel.ChipSide, ResNetModel.ChipSide), _means, pixels.At(0, 0), pixels.RowStep);
        var stem = new FeatureMap(workspace.Map(1), _stemSide, _stemSide, _stemFilters, 0, 0);
        _stem.Run(pixels, stem, 0, other: null, relu: true, workspace.Tiles);
        var map = new FeatureMap(workspace.Map(0), PooledSide, PooledSide, _stemFilters, Margin, _blocks[0].MarginAfter);
        map.ClearMargin();
        Pooling.Max3(stem, map);

        for (var i = 0; i < _blocks.Length; i++)
        {
            var after = i + 1 < _blocks.Length ? _blocks[i + 1].MarginAfter : Margin;
            map = _blocks[i].Run(map, workspace.Map(2), workspace.Map((i + 1) % 2), after, workspace.Tiles);
        }

        var means = workspace.Means.Take(_features);
        Pooling.MeanOfAll(map, means);
        fixed (float* to = vector)
        {
            for (var k = 0; k < Length; k += Products.Columns)
            {
                // Row and result are the same however often they are taken.
                Products.Multiply(means, 0, 1, new Products.Runs(_features), _projection + (nint)k * _features, Products.Columns, to + k, 0);
            }
        }
    }

    public void Dispose() => _memory.Dispose();

    /// <summary>A residual block for maps of one size.</summary>
    private sealed class Block
    {
        /// <summary>Maps of at least this side are cut into Winograd tiles; below, most of a tile would be margin.</summary>
        private const int SmallestForTiles = 4;

        private readonly Layer _first;
        private readonly Layer _second;
        private readonly bool _halves;

        public Block(WeightMemory memory, ResidualBlock block, int side)
        {
            _halves = block.Halves;
            _first = new Layer(memory, block.First, side);
            _second = new Layer(memory, block.Second, _first.OutputSide);
            OutputSide = _halves ? side / 2 : side;
            if (_second.OutputSide > OutputSide || (!_halves && _second.OutputSide != side))
            {
                throw new InvalidDataException("The recognition network's blocks do not fit together.");
            }
        }

        public int OutputSide { get; }

        /// <summary>The margin below and to the right that the block needs of its input.</summary>
        public int MarginAfter => _first.MarginAfter;

        public FeatureMap Run(FeatureMap input, NativeBuffer<float> between, NativeBuffer<float> result, int marginAfter, NativeBuffer<float> tiles)
        {
            var middle = new FeatureMap(between, _first.OutputSide, _first.OutputSide, _first.Filters, Margin, _second.MarginAfter);
            middle.ClearMargin();
            _first.Run(input, middle, other: null, tiles);
            var output = new FeatureMap(result, OutputSide, OutputSide, _second.Filters, Margin, marginAfter);
            output.ClearMargin();
            if (_halves)
            {
                // The skip path is written first; where it is larger than the main path, its values, never negative, are the result.
                Pooling.Mean2(input, output);
                var part = output.Part(_second.OutputSide, _second.OutputSide);
                _second.Run(middle, part, part, tiles);
            }
            else
            {
                _second.Run(middle, output, input, tiles);
            }

            return output;
        }

        /// <summary>One convolution, by whichever method suits its size.</summary>
        private sealed class Layer
        {
            private readonly WinogradConvolution? _winograd;
            private readonly DirectConvolution? _direct;
            private readonly int _padding;

            public Layer(WeightMemory memory, FoldedConvolution c, int side)
            {
                Filters = c.Filters;
                OutputSide = c.OutputRows(side);
                _padding = c.PaddingX;
                MarginAfter = Margin;
                if (c.Stride == 1 && side >= SmallestForTiles)
                {
                    _winograd = new WinogradConvolution(
                        memory, c.Filters, c.Channels, c.Channels, c.Rows, c.Stride, c.Weights, c.Biases, OutputSide);
                    MarginAfter = _winograd.MarginAfter(OutputSide, side, _padding);
                }
                else if (side == 1 && c is { Rows: 3, PaddingX: 1 })
                {
                    // Of a single pixel with zeros around it, only the middle of the filter is ever used.
                    var middle = new float[c.Filters * c.Channels];
                    for (var i = 0; i < middle.Length; i++)
                    {
                        middle[i] = c.Weights[i * 9 + 4];
                    }

                    _padding = 0;
                    _direct = new DirectConvolution(memory, c.Filters, c.Channels, c.Channels, 1, 1, middle, c.Biases);
                }
                else
                {
                    _direct = new DirectConvolution(memory, c.Filters, c.Channels, c.Channels, c.Rows, c.Stride, c.Weights, c.Biases);
                }
            }

            public int Filters { get; }

            public int OutputSide { get; }

            public int MarginAfter { get; }

            public void Run(FeatureMap input, FeatureMap output, FeatureMap? other, NativeBuffer<float> tiles)
            {
                _winograd?.Run(input, output, _padding, other, relu: true, tiles);
                _direct?.Run(input, output, _padding, other, relu: true);
            }
        }
    }
}

/// <summary>Memory of one worker for a run of the recognition network.</summary>
internal sealed class ResNetWorkspace : IDisposable
{
    private readonly NativeBuffer<float>[] _maps = [new(), new(), new()];

    public NativeBuffer<float> Tiles { get; } = new();

    public NativeBuffer<float> Means { get; } = new();

    public NativeBuffer<float> Map(int index) => _maps[index];

    public void Dispose()
    {
        foreach (var map in _maps)
        {
            map.Dispose();
        }

        Tiles.Dispose();
        Means.Dispose();
    }
}
