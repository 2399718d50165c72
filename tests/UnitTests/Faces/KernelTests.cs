using FaceId.Infrastructure.Faces.Dlib;
using FaceId.Infrastructure.Faces.Imaging;
using FaceId.Infrastructure.Faces.Kernels;

namespace FaceId.UnitTests.Faces;

/// <summary>Every vector path against the plain sum it stands for.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed unsafe class KernelTests
{
    /// <summary>Largest error relative to the largest result; single precision leaves about 1e-5 for Winograd's transforms.</summary>
    private const double Tolerance = 3e-5;

    [Test]
    public void A_winograd_convolution_gives_the_plain_sum(
        [Values("16x3x4 5/2", "32x16x16 5/2", "32x32x32 5/2", "32x3x4 7/2", "45x32x32 5/1", "45x45x48 5/1", "32x32x32 3/1", "128x64x64 3/1")]
        string kind,
        [Values(1, 4, 8, 9, 18, 43)] int side)
    {
        var shape = Shape.Parse(kind, side);
        using var buffers = new Buffers();
        var convolution = new WinogradConvolution(
            buffers.Weights, shape.Filters, shape.FilterChannels, shape.Channels, shape.Side, shape.Stride, shape.Weights, shape.Bias, shape.Outputs);
        var after = convolution.MarginAfter(shape.Outputs, shape.Inputs, shape.Padding);
        var input = shape.FillInput(buffers.Input, after);
        var output = new FeatureMap(buffers.Output, shape.Outputs, shape.Outputs, shape.PaddedFilters, 0, 0);
        convolution.Run(input, output, shape.Padding, other: null, relu: false, buffers.Workspace);
        Assert.That(shape.WorstError(input, output), Is.LessThan(Tolerance));
    }

    [Test]
    public void A_direct_convolution_gives_the_plain_sum(
        [Values("32x3x4 7/2", "64x32x32 3/2", "32x32x32 3/1", "48x16x16 1/1")] string kind, [Values(3, 4, 7, 9, 10, 21)] int side)
    {
        var shape = Shape.Parse(kind, side);
        using var buffers = new Buffers();
        var convolution = new DirectConvolution(
            buffers.Weights, shape.Filters, shape.FilterChannels, shape.Channels, shape.Side, shape.Stride, shape.Weights, shape.Bias);
        var input = shape.FillInput(buffers.Input, shape.Side);
        var output = new FeatureMap(buffers.Output, shape.Outputs, shape.Outputs, shape.PaddedFilters, 0, 0);
        convolution.Run(input, output, shape.Padding, other: null, relu: false);
        Assert.That(shape.WorstError(input, output), Is.LessThan(Tolerance));
    }

    [Test]
    public void A_depthwise_convolution_gives_the_plain_sum_of_each_channel([Values(1, 2)] int stride, [Values(4, 5, 7, 14)] int width, [Values(16, 48)] int channels)
    {
        var random = new Random(width);
        using var buffers = new Buffers();
        float[] weights = Shape.Random(random, channels * 9), bias = Shape.Random(random, channels), slopes = Shape.Random(random, channels);
        var convolution = new DepthwiseConvolution(buffers.Weights, channels, stride, weights, bias, slopes);
        var input = new FeatureMap(buffers.Input, 3, stride * width + 2, channels, 0, 0);
        Shape.Fill(random, input, channels);
        var output = new FeatureMap(buffers.Output, 1, width, channels, 0, 0);
        convolution.Run(input.At(0, 0), input.At(1, 0), input.At(2, 0), output.At(0, 0), width);
        for (var i = 0; i < width * channels; i++)
        {
            int x = i / channels, channel = i % channels;
            double sum = bias[channel];
            for (var tap = 0; tap < 9; tap++)
            {
                sum += weights[channel * 9 + tap] * (double)input.At(tap / 3, stride * x + tap % 3)[channel];
            }

            Assert.That(output.At(0, x)[channel], Is.EqualTo(sum < 0 ? sum * slopes[channel] : sum).Within(1e-5), $"pixel {x}, channel {channel}");
        }
    }

    [TestCase(1)]
    [TestCase(4)]
    [TestCase(5)]
    [TestCase(13)]
    public void A_convolution_of_pixels_anywhere_adds_others_and_multiplies_what_is_below_zero_with_its_slope(int pixels)
    {
        const int channels = 24, filters = 32;
        var random = new Random(pixels);
        using var buffers = new Buffers();
        float[] weights = Shape.Random(random, filters * channels), bias = Shape.Random(random, filters), slopes = Shape.Random(random, filters);
        var convolution = new DirectConvolution(buffers.Weights, filters, channels, channels, 1, 1, weights, bias, slopes);
        var input = new FeatureMap(buffers.Input, 1, pixels, channels, 0, 0);
        Shape.Fill(random, input, channels);
        var output = new FeatureMap(buffers.Output, 1, pixels, filters, 0, 0);
        Shape.Fill(random, output, filters);
        var others = new ReadOnlySpan<float>(output.At(0, 0), pixels * filters).ToArray();
        var rows = stackalloc Products.Row[pixels + Products.MostRows];
        for (var x = 0; x < pixels; x++)
        {
            rows[x] = new Products.Row(input.At(0, x), output.At(0, x), output.At(0, x));
        }

        convolution.Run(rows, pixels);

        for (var i = 0; i < pixels * filters; i++)
        {
            int x = i / filters, filter = i % filters;
            var sum = bias[filter] + others[i] + Shape.Sum(input, weights, channels, filter, 1, 0, x);
            Assert.That(output.At(0, x)[filter], Is.EqualTo(sum < 0 ? sum * slopes[filter] : sum).Within(1e-5), $"pixel {x}, filter {filter}");
        }
    }

    [Test]
    public void A_convolution_adds_another_map_and_cuts_off_below_zero()
    {
        var shape = Shape.Parse("32x32x32 3/1", 13);
        using var buffers = new Buffers();
        using var otherBuffer = new NativeBuffer<float>();
        var winograd = new WinogradConvolution(buffers.Weights, 32, 32, 32, 3, 1, shape.Weights, shape.Bias);
        var direct = new DirectConvolution(buffers.Weights, 32, 32, 32, 3, 1, shape.Weights, shape.Bias);
        var input = shape.FillInput(buffers.Input, winograd.MarginAfter(shape.Outputs, shape.Inputs, shape.Padding));
        var a = new FeatureMap(buffers.Output, 13, 13, 32, 0, 0);
        var b = new FeatureMap(otherBuffer, 13, 13, 32, 0, 0);
        winograd.Run(input, a, shape.Padding, input, relu: true, buffers.Workspace);
        direct.Run(input, b, shape.Padding, input, relu: true);
        for (var y = 0; y < 13; y++)
        {
            for (var i = 0; i < 13 * 32; i++)
            {
                Assert.That(a.At(y, 0)[i], Is.EqualTo(b.At(y, 0)[i]).Within(1e-4).And.GreaterThanOrEqualTo(0));
            }
        }
    }

    [TestCase(1)]
    [TestCase(7)]
    [TestCase(8)]
    [TestCase(29)]
    public void A_score_is_the_inner_product_of_its_surroundings(int width)
    {
        var random = new Random(width);
        using var buffers = new Buffers();
        var weights = Shape.Random(random, 13 * 9 * 9);
        var convolution = new ScoreConvolution(buffers.Weights, 13, 16, 9, weights, 0.25f);
        var input = new FeatureMap(buffers.Input, 5, width, 16, 4, 4);
        input.ClearMargin();
        Shape.Fill(random, input, 13);
        var scores = new float[5 * width];
        fixed (float* p = scores)
        {
            convolution.Run(input, p);
        }

        for (var i = 0; i < scores.Length; i++)
        {
            var expected = 0.25 + Shape.Sum(input, weights, 13, 0, 9, i / width - 4, i % width - 4);
            Assert.That(scores[i], Is.EqualTo(expected).Within(1e-4));
        }
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(17)]
    [TestCase(250)]
    public void A_row_is_reduced_alike_with_and_without_vectors(int width)
    {
        var random = new Random(width);
        var fromWidth = width * 6 / 5 + 1;
        var top = Shape.Random(random, (fromWidth + 2) * PyramidPlane.Channels);
        var bottom = Shape.Random(random, (fromWidth + 2) * PyramidPlane.Channels);
        var columns = new PyramidPlane.Column[width];
        float[] a = new float[width * PyramidPlane.Channels], b = new float[width * PyramidPlane.Channels];
        fixed (PyramidPlane.Column* c = columns)
        fixed (float* t = top, l = bottom, x = a, y = b)
        {
            PyramidPlane.FillColumns(fromWidth, width, c);
            PyramidPlane.ReduceRow(t, l, 0.3f, x, width, c);
            PyramidPlane.ReduceRowScalar(t, l, 0.3f, y, width, c);
        }

        Assert.That(a, Is.EqualTo(b).Within(1e-6));
    }

    [Test]
    public void Halving_an_image_gives_the_pixels_that_dlib_gives()
    {
        var golden = Testbed.Golden("stages.json").GetProperty("pyramidDown2");
        using var buffers = new PhotoBuffers();
        using var expectedBuffers = new PhotoBuffers();
        using var sums = new NativeBuffer<ushort>();
        using var result = new NativeBuffer<byte>();
        var image = Testbed.DecodeGolden(golden.GetProperty("sourcePng").GetString()!, buffers);
        foreach (var level in golden.GetProperty("levels").EnumerateArray())
        {
            var expected = Testbed.DecodeGolden(level.GetProperty("png").GetString()!, expectedBuffers);
            var halved = result.Take((long)expected.Width * expected.Height * PixelView.BytesPerPixel);
            HalfSize.Reduce(image.Pixels, image.Width, image.Height, image.Width * PixelView.BytesPerPixel, halved, sums);
            for (var i = 0; i < expected.Width * expected.Height * PixelView.BytesPerPixel; i++)
            {
                if (i % PixelView.BytesPerPixel != 3 && halved[i] != expected.Pixels[i])
                {
                    Assert.Fail($"Byte {i} of the level of {expected.Width}x{expected.Height} is {halved[i]}, not {expected.Pixels[i]}.");
                }
            }

            image = Testbed.DecodeGolden(level.GetProperty("png").GetString()!, buffers);
        }
    }

    [Test]
    public void A_level_made_in_one_step_equals_the_one_made_through_all_between()
    {
        using var buffers = new PhotoBuffers();
        using var builder = new PyramidBuilder();
        using NativeBuffer<float> wholeMemory = new(), partMemory = new();
        var means = new PixelMeans(122.782f, 117.001f, 104.298f);
        var image = Testbed.Decode(Testbed.Example("faces/2008_001322.jpg"), buffers);
        var whole = PyramidLayout.Full(image.Width, image.Height);
        var part = whole.Part(stride: 8, first: 4, end: 7);
        var a = new FeatureMap(wholeMemory, whole.Height, whole.Width, PyramidPlane.Channels, 0, 1);
        var b = new FeatureMap(partMemory, part.Height, part.Width, PyramidPlane.Channels, 0, 1);
        builder.Fill(image, means, whole, a);
        builder.Fill(image, means, part, b);
        for (var i = 0; i < part.Levels.Count; i++)
        {
            Rectangle p = part.Levels[i], w = whole.Levels[4 + i];
            Assert.That((p.Left % 8, p.Top % 8), Is.EqualTo((w.Left % 8, w.Top % 8)), "the stride must meet the same pixels");
            for (var y = 0; y < p.Height; y++)
            {
                for (var x = 0; x < p.Width * PyramidPlane.Channels; x++)
                {
                    Assert.That(b.At(p.Top + y, p.Left)[x], Is.EqualTo(a.At(w.Top + y, w.Left)[x]).Within(1e-6), $"level {4 + i}, row {y}, number {x}");
                }
            }
        }
    }

    private sealed class Buffers : IDisposable
    {
        public WeightMemory Weights { get; } = new();

        public NativeBuffer<float> Input { get; } = new();

        public NativeBuffer<float> Output { get; } = new();

        public NativeBuffer<float> Workspace { get; } = new();

        public void Dispose()
        {
            Weights.Dispose();
            Input.Dispose();
            Output.Dispose();
            Workspace.Dispose();
        }
    }

    /// <summary>A convolution with random numbers: filters x filter channels x channels of the map, side / stride.</summary>
    private sealed record Shape(int Filters, int FilterChannels, int Channels, int Side, int Stride, int Inputs)
    {
        private readonly Random _random = new(42);

        private float[]? _weights;
        private float[]? _bias;

        public int Padding => Stride == 1 ? Side / 2 : 0;

        public int Outputs => Math.Max(1, (Inputs + 2 * Padding - Side) / Stride + 1);

        public int PaddedFilters => (Filters + 15) / 16 * 16;

        public float[] Weights => _weights ??= Random(_random, Filters * FilterChannels * Side * Side);

        public float[] Bias => _bias ??= Random(_random, Filters);

        public static Shape Parse(string kind, int inputs)
        {
            var n = Array.ConvertAll(kind.Split('x', ' ', '/'), int.Parse);
            return new Shape(n[0], n[1], n[2], n[3], n[4], n[4] == 2 ? Math.Max(inputs, n[3]) : inputs);
        }

        public static float[] Random(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() - 0.5))];

        public static void Fill(Random random, FeatureMap map, int channels)
        {
            for (var y = 0; y < map.Height; y++)
            {
                for (var i = 0; i < map.Width * map.Channels; i++)
                {
                    map.At(y, 0)[i] = i % map.Channels < channels ? (float)(random.NextDouble() - 0.5) : 0;
                }
            }
        }

        /// <summary>The sum a convolution stands for; pixels outside the map are zero.</summary>
        public static double Sum(FeatureMap map, float[] weights, int channels, int filter, int side, int top, int left)
        {
            var sum = 0.0;
            for (var channel = 0; channel < channels; channel++)
            {
                for (var y = 0; y < side; y++)
                {
                    for (var x = 0; x < side; x++)
                    {
                        int row = top + y, column = left + x;
                        if (row >= 0 && row < map.Height && column >= 0 && column < map.Width)
                        {
                            sum += weights[((filter * channels + channel) * side + y) * side + x] * (double)map.At(row, column)[channel];
                        }
                    }
                }
            }

            return sum;
        }

        public FeatureMap FillInput(NativeBuffer<float> buffer, int after)
        {
            var map = new FeatureMap(buffer, Inputs, Inputs, Channels, Padding, after);
            map.ClearMargin();
            Fill(_random, map, FilterChannels);
            return map;
        }

        public double WorstError(FeatureMap input, FeatureMap output)
        {
            double worst = 0, largest = 0;
            for (var y = 0; y < output.Height; y++)
            {
                for (var x = 0; x < output.Width; x++)
                {
                    for (var k = 0; k < Filters; k++)
                    {
                        var expected = Bias[k] + Sum(input, Weights, FilterChannels, k, Side, y * Stride - Padding, x * Stride - Padding);
                        worst = Math.Max(worst, Math.Abs(expected - output.At(y, x)[k]));
                        largest = Math.Max(largest, Math.Abs(expected));
                    }
                }
            }

            return worst / Math.Max(largest, 1);
        }
    }
}
