namespace FaceId.Infrastructure.Faces.Dlib;

/// <summary>A convolution with the affine layer behind it multiplied into its weights.</summary>
/// <param name="Weights">Filters x channels x rows x columns.</param>
internal sealed record FoldedConvolution(
    int Filters, int Channels, int Rows, int Columns, int Stride, int PaddingY, int PaddingX, float[] Weights, float[] Biases)
{
    public static FoldedConvolution From(DlibConvolution convolution, DlibAffine? affine)
    {
        var weights = (float[])convolution.Weights.Clone();
        var biases = (float[])convolution.Biases.Clone();
        if (affine is not null)
        {
            var perFilter = weights.Length / convolution.Filters;
            for (var filter = 0; filter < convolution.Filters; filter++)
            {
                var gamma = affine.Gamma[filter];
                foreach (ref var weight in weights.AsSpan(filter * perFilter, perFilter))
                {
                    weight *= gamma;
                }

                biases[filter] = gamma * biases[filter] + affine.Beta[filter];
            }
        }

        return new FoldedConvolution(
            convolution.Filters, convolution.Channels, convolution.Rows, convolution.Columns, convolution.Stride,
            convolution.PaddingY, convolution.PaddingX, weights, biases);
    }

    /// <summary>Rows of the output for that many rows of input, padding left out of <paramref name="rows"/>.</summary>
    public int OutputRows(int rows) => rows + 2 * PaddingY < Rows ? 0 : (rows + 2 * PaddingY - Rows) / Stride + 1;

    public int OutputColumns(int columns) => columns + 2 * PaddingX < Columns ? 0 : (columns + 2 * PaddingX - Columns) / Stride + 1;
}
