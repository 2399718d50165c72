namespace FaceId.Infrastructure.Faces.Dlib;

/// <summary>dlib's face recognition network, from a 150x150 chip to 128 numbers.</summary>
/// <param name="Stem">7x7, stride 2, followed by ReLU and a 3x3 max pool of stride 2.</param>
/// <param name="Projection">The last layer, after the mean over all pixels: inputs x outputs, no bias.</param>
internal sealed record ResNetModel(
    PixelMeans Means, FoldedConvolution Stem, IReadOnlyList<ResidualBlock> Blocks, DlibFullyConnected Projection)
{
    /// <summary>Side of the chip in pixels.</summary>
    public const int ChipSide = 150;

    /// <summary>Takes the layers of the file apart into the blocks of dnn_face_recognition_ex.cpp and checks that nothing else is there.</summary>
    /// <remarks>
    /// A plain block is tag1, con, affine, relu, con, affine, add_prev1, relu. A block that halves the size is the same with tag2, skip1 and a
    /// 2x2 average pool before add_prev2; two wrappers in a row therefore mark it.
    /// </remarks>
    public static ResNetModel From(DlibNetwork network)
    {
        var layers = new LayerQueue(network.Layers);
        var stem = layers.NextConvolution();
        layers.Next<DlibRelu>();
        var pool = layers.Next<DlibMaxPool>();
        if (pool is not { Rows: 3, Columns: 3, Stride: 2 })
        {
            throw new InvalidDataException($"The recognition network has an unexpected pool: {pool}.");
        }

        var blocks = new List<ResidualBlock>();
        while (layers.TryNext<DlibTagOrSkip>())
        {
            var first = layers.NextConvolution();
            layers.Next<DlibRelu>();
            var second = layers.NextConvolution();
            var halves = layers.TryNext<DlibTagOrSkip>();
            if (halves)
            {
                layers.Next<DlibTagOrSkip>();
                layers.Next<DlibAveragePool>();
            }

            layers.Next<DlibAddPrevious>();
            layers.Next<DlibRelu>();
            blocks.Add(new ResidualBlock(first, second, halves));
        }

        layers.Next<DlibAveragePool>();
        var projection = layers.Next<DlibFullyConnected>();
        layers.ExpectEnd();
        return new ResNetModel(network.Means, stem, blocks, projection);
    }
}

/// <summary>relu(second(relu(first(x))) + skip(x)); the skip path of a block that halves the size is a 2x2 average pool.</summary>
/// <remarks>Where the paths differ in rows, columns or channels, the smaller one is padded with zeros at its end.</remarks>
internal sealed record ResidualBlock(FoldedConvolution First, FoldedConvolution Second, bool Halves);
