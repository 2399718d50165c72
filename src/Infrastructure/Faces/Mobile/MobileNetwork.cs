using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using FaceId.Infrastructure.Faces.Dlib;
using FaceId.Infrastructure.Faces.Kernels;

namespace FaceId.Infrastructure.Faces.Mobile;

/// <summary>Runs a network of the MobileFaceNet kind on one picture, or on it and its mirror image. Any number of threads may share it.</summary>
internal sealed unsafe class MobileNetwork : IDisposable
{
    /// <summary>Pixels of a strip: what its widened rows take stays in the second-level cache.</summary>
    private const int StripPixels = 112;

    /// <summary>Numbers of a pixel of the picture: three colours and a zero.</summary>
    private const int PixelChannels = PyramidPlane.Channels;

    private readonly WeightMemory _memory = new();
    private readonly float _middle;
    private readonly float _range;
    private readonly DepthwiseUnit _stem;
    private readonly Block[] _blocks;
    private readonly DirectConvolution _widening;
    private readonly float* _whole;
    private readonly float* _wholeBias;
    private readonly int _wholePixels;
    private readonly DirectConvolution _head;

    /// <param name="side">Rows and columns of the picture.</param>
    /// <param name="middle">What is subtracted from each byte of the picture.</param>
    /// <param name="range">What the difference is divided by.</param>
    public MobileNetwork(MobileModel model, int side, float middle, float range)
    {
        Side = side;
        _middle = middle;
        _range = range;
        var map = (side - 1) / model.Stem.Stride + 1;
        _stem = new DepthwiseUnit(_memory, model.Stem, PixelChannels, model.StemDepthwise, map, StripPixels);
        _blocks = new Block[model.Blocks.Count];
        var channels = _stem.Channels;
        for (var i = 0; i < _blocks.Length; i++)
        {
            _blocks[i] = new Block(_memory, model.Blocks[i], channels, map);
            channels = _blocks[i].Channels;
            map = _blocks[i].OutputSide;
        }

        if (map != model.Whole.Side)
        {
            throw new InvalidDataException($"The network is not the expected one: its last map is of {map} pixels a row, its filter of {model.Whole.Side}.");
        }

        _widening = Pointwise(_memory, model.Widening, channels);
        _wholePixels = map * map;
        _whole = _memory.Take((long)_wholePixels * _widening.Outputs);
        for (var i = 0; i < model.Whole.Weights.Length; i++)
        {
            _whole[i % _wholePixels * _widening.Outputs + i / _wholePixels] = model.Whole.Weights[i];
        }

        _wholeBias = _memory.Take(_widening.Outputs);
        model.Whole.Bias.CopyTo(new Span<float>(_wholeBias, _widening.Outputs));
        Length = model.Head.Outputs;
        _head = new DirectConvolution(_memory, Length, model.Head.Inputs, _widening.Outputs, 1, 1, model.Head.Weights, model.Head.Bias);
    }

    /// <summary>Rows and columns of the picture.</summary>
    public int Side { get; }

    /// <summary>How many numbers a picture gives.</summary>
    public int Length { get; }

    /// <param name="picture">Side x side pixels of four bytes, the fourth unused.</param>
    /// <param name="results">Receives <see cref="Length"/> numbers; when there is room for twice as many, then those of the mirror image too.</param>
    public void Run(byte* picture, Span<float> results, MobileWorkspace workspace)
    {
        var pictures = results.Length / Length;
        if (pictures is < 1 or > MobileWorkspace.MostPictures || pictures * Length != results.Length)
        {
            throw new ArgumentException("There must be room for one picture or two.", nameof(results));
        }

        for (var i = 0; i < pictures; i++)
        {
            var input = workspace.Map(i, 1);
            RunFirst(picture, mirrored: i == 1, input, workspace);
        }

        // A block's filters are read once and stay in the cache for the second picture.
        for (var block = 1; block < _blocks.Length; block++)
        {
            for (var i = 0; i < pictures; i++)
            {
                _blocks[block].Run(workspace.Map(i, block % 2), workspace.Map(i, (block + 1) % 2), workspace);
            }
        }

        var channels = _widening.Outputs;
        var last = workspace.Last.Take((long)pictures * channels);
        for (var i = 0; i < pictures; i++)
        {
            var rows = Contiguous(
                workspace.Rows, _wholePixels, workspace.Map(i, _blocks.Length % 2).Memory, _blocks[^1].Channels, workspace.Strip(0).Take((long)_wholePixels * channels), channels);
            _widening.Run(rows, _wholePixels);
            SumWhole(workspace.Strip(0).Memory, last + i * channels);
        }

        var result = workspace.Result.Take((long)pictures * _head.Outputs);
        _head.Run(Contiguous(workspace.Rows, pictures, last, channels, result, _head.Outputs), pictures);
        for (var i = 0; i < pictures; i++)
        {
            new Span<float>(result + i * _head.Outputs, Length).CopyTo(results[(i * Length)..]);
        }
    }

    public void Dispose() => _memory.Dispose();

    private static DirectConvolution Pointwise(WeightMemory memory, MobileConvolution c, int channels) =>
        new(memory, c.Filters, c.Channels, channels, 1, 1, c.Weights, c.Bias, c.Slopes);

    /// <summary>A table of pixels that lie one after the other, both where they come from and where they go to.</summary>
    private static Products.Row* Contiguous(
        NativeBuffer<Products.Row> table, int pixels, float* from, int fromChannels, float* to, int toChannels, float* other = null)
    {
        var rows = table.Take(pixels + Products.MostRows);
        for (var i = 0; i < pixels; i++)
        {
            rows[i] = new Products.Row(from + (nint)i * fromChannels, to + (nint)i * toChannels, other is null ? null : other + (nint)i * toChannels);
        }

        return rows;
    }

    /// <summary>From the picture to the output of the first block, for which the stem makes rows as they are needed.</summary>
    private void RunFirst(byte* picture, bool mirrored, NativeBuffer<float> output, MobileWorkspace workspace)
    {
        var pixels = new FeatureMap(workspace.Pixels, Side, Side, PixelChannels, 1, 1);
        pixels.ClearMargin();
        Normalise(picture, mirrored, pixels);
        var block = _blocks[0];
        var stem = _stem.Begin(workspace.Ring(0));
        var wide = block.Unit.Begin(workspace.Ring(1));
        var strip = workspace.Strip(0).Take((long)_stem.StripRows * _stem.Side * _stem.Channels);
        block.Take(output);
        for (var row = 0; row < block.OutputSide; row += block.Unit.StripRows)
        {
            var count = Math.Min(block.Unit.StripRows, block.OutputSide - row);
            for (var needed = block.Unit.Needed(row + count); wide.Made < needed;)
            {
                var rows = Math.Min(_stem.StripRows, needed - wide.Made);
                var more = _stem.Needed(wide.Made + rows) - stem.Made;
                if (more > 0)
                {
                    _stem.Widen(
                        ref stem, more, pixels.At(2 * stem.Made - 1, -1), 2 * PixelChannels, 2 * pixels.RowStep, pixels.RowStep, workspace.Rows);
                }

                _stem.Run(stem, wide.Made, rows, strip);
                block.Unit.Widen(ref wide, rows, strip, _stem.Channels, (nint)_stem.Side * _stem.Channels, 0, workspace.Rows);
            }

            block.RunStrip(wide, row, count, null, output.Memory, workspace);
        }

        block.Finish(null, output.Memory);
    }

    /// <summary>The last depthwise convolution, whose filter is as large as the map.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SumWhole(float* map, float* to)
    {
        nint channels = _widening.Outputs;
        for (nint k = 0; k < channels; k += 2 * Vector256<float>.Count)
        {
            Vector256<float> a = Vector256.Load(_wholeBias + k), b = Vector256.Load(_wholeBias + k + 8);
            Vector256<float> c = default, d = default;
            float* p = map + k, w = _whole + k;
            var i = 1;
            for (; i < _wholePixels; i += 2)
            {
                a = Vector256.MultiplyAddEstimate(Vector256.Load(p), Vector256.Load(w), a);
                b = Vector256.MultiplyAddEstimate(Vector256.Load(p + 8), Vector256.Load(w + 8), b);
                p += channels;
                w += channels;
                c = Vector256.MultiplyAddEstimate(Vector256.Load(p), Vector256.Load(w), c);
                d = Vector256.MultiplyAddEstimate(Vector256.Load(p + 8), Vector256.Load(w + 8), d);
                p += channels;
                w += channels;
            }

            if (i == _wholePixels)
            {
                a = Vector256.MultiplyAddEstimate(Vector256.Load(p), Vector256.Load(w), a);
                b = Vector256.MultiplyAddEstimate(Vector256.Load(p + 8), Vector256.Load(w + 8), b);
            }

            (a + c).Store(to + k);
            (b + d).Store(to + k + 8);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Normalise(byte* picture, bool mirrored, FeatureMap pixels)
    {
        // The fourth byte is no colour: it becomes zero.
        var factor = Vector128.Create(1 / _range, 1 / _range, 1 / _range, 0);
        var shift = Vector128.Create(-_middle / _range, -_middle / _range, -_middle / _range, 0);
        for (var y = 0; y < Side; y++)
        {
            var from = (uint*)picture + (nint)y * Side;
            var to = pixels.At(y, 0);
            for (var x = 0; x < Side; x++)
            {
                var pixel = PyramidPlane.ToFloats(from[mirrored ? Side - 1 - x : x]);
                (pixel * factor + shift).Store(to + x * PixelChannels);
            }
        }
    }

    private sealed class Block
    {
        private readonly DirectConvolution _projection;
        private readonly Gate? _gate;
        private readonly bool _residual;

        public Block(WeightMemory memory, MobileBlock block, int channels, int side)
        {
            Unit = new DepthwiseUnit(memory, block.Expansion, channels, block.Depthwise, side, StripPixels);
            _projection = Pointwise(memory, block.Projection, Unit.Channels);
            _gate = block.Gate is null ? null : new Gate(block.Gate);
            _residual = block.Residual;
        }

        public DepthwiseUnit Unit { get; }

        public int OutputSide => Unit.OutputSide;

        public int Channels => _projection.Outputs;

        public float* Take(NativeBuffer<float> output) => output.Take((long)OutputSide * OutputSide * Channels);

        public void Run(NativeBuffer<float> input, NativeBuffer<float> output, MobileWorkspace workspace)
        {
            var from = input.Memory;
            var to = Take(output);
            var wide = Unit.Begin(workspace.Ring(1));
            nint channels = Unit.InputChannels;
            for (var row = 0; row < OutputSide; row += Unit.StripRows)
            {
                var count = Math.Min(Unit.StripRows, OutputSide - row);
                var more = Unit.Needed(row + count) - wide.Made;
                Unit.Widen(ref wide, more, from + wide.Made * Unit.Side * channels, channels, Unit.Side * channels, 0, workspace.Rows);
                RunStrip(wide, row, count, from, to, workspace);
            }

            Finish(from, to);
        }

        /// <summary>Some rows of the output, once the widened rows that they need have been made.</summary>
        public void RunStrip(DepthwiseUnit.State wide, int row, int count, float* input, float* output, MobileWorkspace workspace)
        {
            var pixels = count * OutputSide;
            var strip = workspace.Strip(1).Take((long)pixels * Unit.Channels);
            Unit.Run(wide, row, count, strip);
            var at = (nint)row * OutputSide * Channels;
            var other = _residual && _gate is null ? input + at : null;
            _projection.Run(Contiguous(workspace.Rows, pixels, strip, Unit.Channels, output + at, Channels, other), pixels);
        }

        /// <summary>What can be done only when the whole output is there.</summary>
        public void Finish(float* input, float* output) => _gate?.Run(output, _residual ? input : null, OutputSide * OutputSide, Channels);
    }

    /// <summary>Multiplies each channel of a map with a number that the map's means decide.</summary>
    private sealed class Gate(SqueezeGate layers)
    {
        /// <param name="input">Added to the result, or null.</param>
        public void Run(float* map, float* input, int pixels, int channels)
        {
            int count = layers.Excitation.Filters, middle = layers.Squeeze.Filters;
            Span<float> means = stackalloc float[channels];
            means.Clear();
            for (var pixel = 0; pixel < pixels; pixel++)
            {
                for (var k = 0; k < channels; k++)
                {
                    means[k] += map[(nint)pixel * channels + k];
                }
            }

            Span<float> squeezed = stackalloc float[middle];
            for (var i = 0; i < middle; i++)
            {
                var sum = layers.Squeeze.Bias[i];
                for (var k = 0; k < count; k++)
                {
                    sum += layers.Squeeze.Weights[i * count + k] * means[k] / pixels;
                }

                squeezed[i] = Math.Max(sum, 0);
            }

            for (var k = 0; k < count; k++)
            {
                var sum = layers.Excitation.Bias[k];
                for (var i = 0; i < middle; i++)
                {
                    sum += layers.Excitation.Weights[k * middle + i] * squeezed[i];
                }

                means[k] = 1 / (1 + MathF.Exp(-sum));
            }

            for (var pixel = 0; pixel < pixels; pixel++)
            {
                for (var k = 0; k < channels; k++)
                {
                    var at = (nint)pixel * channels + k;
                    map[at] = map[at] * means[k] + (input is null ? 0 : input[at]);
                }
            }
        }
    }
}
