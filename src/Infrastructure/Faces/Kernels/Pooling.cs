using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FaceId.Infrastructure.Faces.Kernels;

/// <summary>Pooling layers; windows lie wholly inside the input.</summary>
internal static unsafe class Pooling
{
    /// <summary>The largest of each 3x3 window, two apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Max3(FeatureMap input, FeatureMap output)
    {
        for (var y = 0; y < output.Height; y++)
        {
            for (var x = 0; x < output.Width; x++)
            {
                var from = input.At(2 * y, 2 * x);
                var to = output.At(y, x);
                for (var k = 0; k < input.Channels; k += Vector256<float>.Count)
                {
                    var most = Vector256.Create(float.NegativeInfinity);
                    for (var row = 0; row < 3; row++)
                    {
                        var p = from + row * input.RowStep + k;
                        most = Vector256.MaxNative(most, Vector256.Load(p));
                        most = Vector256.MaxNative(most, Vector256.Load(p + input.Channels));
                        most = Vector256.MaxNative(most, Vector256.Load(p + 2 * input.Channels));
                    }

                    most.Store(to + k);
                }
            }
        }
    }

    /// <summary>The mean of each 2x2 window, two apart; channels that only the output has become zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Mean2(FeatureMap input, FeatureMap output)
    {
        var quarter = Vector256.Create(0.25f);
        for (var y = 0; y < output.Height; y++)
        {
            for (var x = 0; x < output.Width; x++)
            {
                var from = input.At(2 * y, 2 * x);
                var to = output.At(y, x);
                for (var k = 0; k < input.Channels; k += Vector256<float>.Count)
                {
                    var p = from + k;
                    var sum = Vector256.Load(p) + Vector256.Load(p + input.Channels)
                        + Vector256.Load(p + input.RowStep) + Vector256.Load(p + input.RowStep + input.Channels);
                    (sum * quarter).Store(to + k);
                }

                new Span<float>(to + input.Channels, output.Channels - input.Channels).Clear();
            }
        }
    }

    /// <summary>The mean of each channel over the whole map.</summary>
    public static void MeanOfAll(FeatureMap input, float* means)
    {
        var share = Vector256.Create(1f / (input.Height * input.Width));
        for (var k = 0; k < input.Channels; k += Vector256<float>.Count)
        {
            Vector256<float> sum = default;
            for (var y = 0; y < input.Height; y++)
            {
                for (var x = 0; x < input.Width; x++)
                {
                    sum += Vector256.Load(input.At(y, x) + k);
                }
            }

            (sum * share).Store(means + k);
        }
    }
}
