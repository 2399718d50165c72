namespace FaceId.Infrastructure.Faces.Dlib;

/// <summary>Turns a face chip into dlib's 128 numbers.</summary>
internal sealed unsafe class FaceEncoder(ResNetModel model) : IDisposable
{
    private readonly OnnxNetwork _network = new(OnnxGraphs.ResNet(model));
    private readonly PixelMeans _means = model.Means;

    public const int Length = 128;

    /// <param name="chip">150x150 pixels of four bytes.</param>
    public void Encode(byte* chip, Span<float> vector)
    {
        var input = new float[3 * FaceChip.Side * FaceChip.Side];
        var plane = FaceChip.Side * FaceChip.Side;
        for (var i = 0; i < plane; i++)
        {
            input[i] = (chip[4 * i] - _means.Red) / 256;
            input[plane + i] = (chip[4 * i + 1] - _means.Green) / 256;
            input[2 * plane + i] = (chip[4 * i + 2] - _means.Blue) / 256;
        }

        fixed (float* p = input)
        {
            _network.Run(p, 3, FaceChip.Side, FaceChip.Side).CopyTo(vector);
        }
    }

    public void Dispose() => _network.Dispose();
}
