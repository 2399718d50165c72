namespace FaceId.Infrastructure.Faces.Dlib;

/// <summary>The detector's convolutions: from the plane to one score for each place.</summary>
internal sealed unsafe class MmodNetwork(MmodModel model) : IDisposable
{
    private readonly OnnxNetwork _network = new(OnnxGraphs.Mmod(model));

    public ReadOnlySpan<float> Score(float* plane, int width, int height, out int rows, out int columns)
    {
        var input = new float[3L * width * height];
        var count = width * height;
        for (var i = 0; i < count; i++)
        {
            input[i] = plane[4 * i];
            input[count + i] = plane[4 * i + 1];
            input[2 * count + i] = plane[4 * i + 2];
        }

        rows = height;
        columns = width;
        foreach (var convolution in model.Convolutions)
        {
            rows = convolution.OutputRows(rows);
            columns = convolution.OutputColumns(columns);
        }

        if (rows == 0 || columns == 0)
        {
            return [];
        }

        fixed (float* p = input)
        {
            return _network.Run(p, 3, height, width);
        }
    }

    public void Dispose() => _network.Dispose();
}
