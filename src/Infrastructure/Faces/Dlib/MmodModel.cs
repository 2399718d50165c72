namespace FaceId.Infrastructure.Faces.Dlib;

/// <summary>dlib's CNN face detector: convolutions with ReLU between them, from the pyramid plane to one score for each place.</summary>
/// <param name="Convolutions">In order; ReLU follows each but the last.</param>
internal sealed record MmodModel(PixelMeans Means, MmodOptions Options, IReadOnlyList<FoldedConvolution> Convolutions)
{
    public static MmodModel From(DlibNetwork network)
    {
        var options = network.Mmod ?? throw new InvalidDataException("The file is not that of a detector.");
        var layers = new LayerQueue(network.Layers);
        var convolutions = new List<FoldedConvolution> { layers.NextConvolution() };
        while (layers.TryNext<DlibRelu>())
        {
            convolutions.Add(layers.NextConvolution());
        }

        layers.ExpectEnd();
        return new MmodModel(network.Means, options, convolutions);
    }
}
