namespace FaceId.Infrastructure.Faces.Dlib;

/// <summary>One layer of a network as its file holds it.</summary>
internal abstract record DlibLayer;

/// <summary>A convolution. Weights are filters x channels x rows x columns; the padding is the same on both sides.</summary>
internal sealed record DlibConvolution(
    int Filters, int Channels, int Rows, int Columns, int Stride, int PaddingY, int PaddingX, float[] Weights, float[] Biases) : DlibLayer;

/// <summary>y = gamma * x + beta for each channel; what batch normalisation becomes once training is over.</summary>
internal sealed record DlibAffine(float[] Gamma, float[] Beta) : DlibLayer;

internal sealed record DlibRelu : DlibLayer;

internal sealed record DlibMaxPool(int Rows, int Columns, int Stride) : DlibLayer;

/// <summary>Average pool; 0 rows and columns mean the whole image.</summary>
internal sealed record DlibAveragePool(int Rows, int Columns, int Stride) : DlibLayer;

/// <summary>Adds the output of an earlier, tagged layer.</summary>
internal sealed record DlibAddPrevious : DlibLayer;

/// <summary>y = x W without bias. Weights are inputs x outputs.</summary>
internal sealed record DlibFullyConnected(int Inputs, int Outputs, float[] Weights) : DlibLayer;

/// <summary>A tag or a skip layer: both are written alike, and carry no number; see <see cref="ResNetModel"/> for how they are told apart.</summary>
internal sealed record DlibTagOrSkip : DlibLayer;

/// <summary>What a network does to pixels before its first layer: (value − mean) / 256 for each colour.</summary>
internal readonly record struct PixelMeans(float Red, float Green, float Blue);
