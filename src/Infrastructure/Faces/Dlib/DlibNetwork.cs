namespace FaceId.Infrastructure.Faces.Dlib;

/// <summary>A network file: the loss layer's settings, the input layer, and the layers from the input to the output.</summary>
/// <remarks>
/// Ported from the deserialize functions of dlib/dnn/core.h, layers.h, input.h and loss.h. The file nests layers from the output to the
/// input: first come the versions of all wrappers, then the input layer, then each layer's details from the input outwards. It does not
/// name the wrappers: version 1 is a tag or skip layer, version 2 an ordinary layer, version 3 the layer that holds the input layer.
/// </remarks>
internal sealed record DlibNetwork(MmodOptions? Mmod, PixelMeans Means, IReadOnlyList<DlibLayer> Layers)
{
    private const int TagOrSkipVersion = 1;
    private const int LayerVersion = 2;
    private const int FirstLayerVersion = 3;

    public static DlibNetwork Read(ReadOnlySpan<byte> file)
    {
        var reader = new DlibReader(file);
        reader.ExpectVersion("the loss layer", 1, 1);
        var mmod = ReadLoss(ref reader);
        var layers = new List<DlibLayer>();
        var means = ReadNested(ref reader, layers);
        if (!reader.AtEnd)
        {
            throw new InvalidDataException("The model file goes on after its last layer.");
        }

        return new DlibNetwork(mmod, means, layers);
    }

    private static MmodOptions? ReadLoss(ref DlibReader reader)
    {
        var kind = reader.ReadString();
        switch (kind)
        {
            case "loss_metric_":
                return null;
            case "loss_metric_2":
                reader.ReadSingle(); // margin and distance threshold, which matter to training only
                reader.ReadSingle();
                return null;
            case "loss_mmod_":
                return MmodOptions.Read(ref reader);
            default:
                throw new InvalidDataException($"The model file has a loss layer '{kind}', which is not known.");
        }
    }

    private static PixelMeans ReadNested(ref DlibReader reader, List<DlibLayer> layers)
    {
        var version = reader.ReadInt32();
        PixelMeans means;
        switch (version)
        {
            case TagOrSkipVersion:
                means = ReadNested(ref reader, layers);
                layers.Add(new DlibTagOrSkip());
                return means;
            case LayerVersion:
                means = ReadNested(ref reader, layers);
                break;
            case FirstLayerVersion:
                means = ReadInput(ref reader);
                break;
            default:
                throw new InvalidDataException($"The model file has version {version} of a layer, which is not known.");
        }

        layers.Add(ReadDetails(ref reader));
        reader.ReadBoolean(); // set up, stale gradient, output disabled: states of training
        reader.ReadBoolean();
        reader.ReadBoolean();
        reader.ReadTensor(); // gradients and the cached output, empty in released models
        reader.ReadTensor();
        reader.ReadTensor();
        if (version == FirstLayerVersion)
        {
            reader.ReadInteger(); // sample expansion factor
        }

        return means;
    }

    private static PixelMeans ReadInput(ref DlibReader reader)
    {
        var kind = reader.ReadString();
        var means = new PixelMeans(reader.ReadSingle(), reader.ReadSingle(), reader.ReadSingle());
        switch (kind)
        {
            case "input_rgb_image_sized":
                reader.ReadInteger();
                reader.ReadInteger();
                return means;
            case "input_rgb_image" or "input_rgb_image_pyramid":
                return means;
            case "input_rgb_image_pyramid2":
                reader.ReadInteger();
                reader.ReadInteger();
                return means;
            default:
                throw new InvalidDataException($"The model file has an input layer '{kind}', which is not known.");
        }
    }

    private static DlibLayer ReadDetails(ref DlibReader reader)
    {
        var kind = reader.ReadString();
        switch (kind)
        {
            case "con_4":
                return ReadConvolution(ref reader);
            case "affine_":
                return ReadAffine(ref reader);
            case "bn_con2":
                return ReadBatchNormalisation(ref reader);
            case "relu_":
                return new DlibRelu();
            case "max_pool_2":
                var (rows, columns, stride) = ReadPool(ref reader);
                return new DlibMaxPool(rows, columns, stride);
            case "avg_pool_2":
                (rows, columns, stride) = ReadPool(ref reader);
                return new DlibAveragePool(rows, columns, stride);
            case "add_prev_":
                return new DlibAddPrevious();
            case "fc_2":
                return ReadFullyConnected(ref reader);
            default:
                throw new InvalidDataException($"The model file has a layer '{kind}', which is not known.");
        }
    }

    private static DlibConvolution ReadConvolution(ref DlibReader reader)
    {
        var parameters = reader.ReadTensor().Values;
        var filters = reader.ReadInt32();
        var rows = reader.ReadInt32();
        var columns = reader.ReadInt32();
        var strideY = reader.ReadInt32();
        var strideX = reader.ReadInt32();
        var paddingY = reader.ReadInt32();
        var paddingX = reader.ReadInt32();
        var shape = reader.ReadAlias();
        reader.ReadAlias();
        SkipRates(ref reader);
        if (shape.Samples != filters || shape.Rows != rows || shape.Columns != columns || parameters.Length != shape.Size + filters
            || strideX != strideY)
        {
            throw new InvalidDataException($"The model file is damaged: a convolution of {shape} with {parameters.Length} numbers.");
        }

        return new DlibConvolution(
            filters, shape.Channels, rows, columns, strideY, paddingY, paddingX, parameters[..shape.Size], parameters[shape.Size..]);
    }

    private static DlibAffine ReadAffine(ref DlibReader reader)
    {
        var parameters = reader.ReadTensor().Values;
        var gamma = reader.ReadAlias();
        reader.ReadAlias();
        reader.ReadInteger();
        return new DlibAffine(parameters[..gamma.Size], parameters[gamma.Size..]);
    }

    private static DlibAffine ReadBatchNormalisation(ref DlibReader reader)
    {
        var parameters = reader.ReadTensor().Values;
        var channels = reader.ReadAlias().Size;
        reader.ReadAlias();
        reader.ReadTensor();
        reader.ReadTensor();
        var means = reader.ReadTensor().Values;
        var variances = reader.ReadTensor().Values;
        reader.ReadInteger();
        reader.ReadInteger();
        SkipRates(ref reader);
        var epsilon = reader.ReadDouble();
        var gamma = new float[channels];
        var beta = new float[channels];
        for (var i = 0; i < channels; i++)
        {
            gamma[i] = (float)(parameters[i] / Math.Sqrt(variances[i] + epsilon));
            beta[i] = parameters[channels + i] - gamma[i] * means[i];
        }

        return new DlibAffine(gamma, beta);
    }

    private static (int Rows, int Columns, int Stride) ReadPool(ref DlibReader reader)
    {
        var rows = reader.ReadInt32();
        var columns = reader.ReadInt32();
        var strideY = reader.ReadInt32();
        var strideX = reader.ReadInt32();
        var paddingY = reader.ReadInt32();
        var paddingX = reader.ReadInt32();
        if (strideX != strideY || paddingX != 0 || paddingY != 0)
        {
            throw new InvalidDataException("The model file has a pooling layer with padding or unequal strides, which is not supported.");
        }

        return (rows, columns, strideY);
    }

    private static DlibFullyConnected ReadFullyConnected(ref DlibReader reader)
    {
        var outputs = reader.ReadInt32();
        var inputs = reader.ReadInt32();
        var weights = reader.ReadTensor().Values;
        reader.ReadAlias();
        reader.ReadAlias();
        reader.ReadInteger();
        SkipRates(ref reader);
        if (weights.Length != inputs * outputs)
        {
            throw new InvalidDataException("The model file has a fully connected layer with a bias, which is not supported.");
        }

        return new DlibFullyConnected(inputs, outputs, weights);
    }

    /// <summary>Four multipliers of learning rate and weight decay, which matter to training only.</summary>
    private static void SkipRates(ref DlibReader reader)
    {
        for (var i = 0; i < 4; i++)
        {
            reader.ReadDouble();
        }
    }
}
