using Microsoft.ML.OnnxRuntime;

namespace FaceId.Benchmarks.Onnx;

/// <summary>A network of one input and one output, run by ONNX Runtime on one thread. Any number of threads may share it.</summary>
internal sealed unsafe class OnnxNetwork : IDisposable
{
    private readonly InferenceSession _session;
    private readonly RunOptions _run = new();

    public OnnxNetwork(ReadOnlyMemory<byte> model)
    {
        using var options = new SessionOptions
        {
            IntraOpNumThreads = 1,
            InterOpNumThreads = 1,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
        };
        _session = new InferenceSession(model.ToArray(), options);
    }

    /// <param name="input">Channels x rows x columns.</param>
    public float[] Run(float[] input, int channels, int rows, int columns)
    {
        fixed (float* p = input)
        {
            return Run(p, channels, rows, columns);
        }
    }

    /// <param name="input">Channels x rows x columns.</param>
    public float[] Run(float* input, int channels, int rows, int columns)
    {
        var bytes = (long)channels * rows * columns * sizeof(float);
        using var value = OrtValue.CreateTensorValueWithData(
            OrtMemoryInfo.DefaultInstance, Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Float, [1, channels, rows, columns], (IntPtr)input, bytes);
        using var results = _session.Run(_run, _session.InputNames, [value], _session.OutputNames);
        return results[0].GetTensorDataAsSpan<float>().ToArray();
    }

    public void Dispose()
    {
        _session.Dispose();
        _run.Dispose();
    }
}
