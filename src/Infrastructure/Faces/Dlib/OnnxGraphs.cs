namespace FaceId.Infrastructure.Faces.Dlib;

/// <summary>Turns the networks into ONNX models.</summary>
internal static class OnnxGraphs
{
    public const string InputName = "x";
    public const string OutputName = "y";

    private const int Slack = 64 * 1024;

    /// <summary>1 x 3 x 150 x 150 normalised pixels to 1 x 128 numbers.</summary>
    public static ReadOnlyMemory<byte> ResNet(ResNetModel model)
    {
        var floats = model.Stem.Weights.Length + model.Projection.Weights.Length
            + model.Blocks.Sum(block => block.First.Weights.Length + block.Second.Weights.Length);
        var writer = new OnnxWriter(floats * sizeof(float) + Slack);
        return writer.Graph(() =>
        {
            writer.Input(InputName, -1, 3, ResNetModel.ChipSide, ResNetModel.ChipSide);
            writer.Output(OutputName, -1, model.Projection.Outputs);
            Convolution(writer, model.Stem, "x", "stem");
            writer.Node("Relu", ["stem"], "stem_r");
            writer.Node("MaxPool", ["stem_r"], "b0", ("kernel_shape", [3, 3]), ("strides", [2, 2]));
            var side = ((model.Stem.OutputRows(ResNetModel.ChipSide) - 3) / 2) + 1;
            for (var i = 0; i < model.Blocks.Count; i++)
            {
                side = Block(writer, model.Blocks[i], i, side);
            }

            writer.Node("GlobalAveragePool", [$"b{model.Blocks.Count}"], "mean");
            writer.Integers("flat", -1, model.Projection.Inputs);
            writer.Node("Reshape", ["mean", "flat"], "mean_f");
            writer.Weights("fc", model.Projection.Weights, model.Projection.Inputs, model.Projection.Outputs);
            writer.Node("MatMul", ["mean_f", "fc"], OutputName);
        });
    }

    /// <summary>1 x 3 x rows x columns of the pyramid plane to 1 x 1 x rows x columns of scores.</summary>
    public static ReadOnlyMemory<byte> Mmod(MmodModel model)
    {
        var writer = new OnnxWriter(model.Convolutions.Sum(convolution => convolution.Weights.Length) * sizeof(float) + Slack);
        return writer.Graph(() =>
        {
            writer.Input(InputName, 1, 3, -1, -1);
            writer.Output(OutputName, 1, 1, -1, -1);
            var from = InputName;
            for (var i = 0; i < model.Convolutions.Count; i++)
            {
                var last = i == model.Convolutions.Count - 1;
                Convolution(writer, model.Convolutions[i], from, last ? OutputName : $"c{i}");
                if (!last)
                {
                    writer.Node("Relu", [$"c{i}"], $"r{i}");
                    from = $"r{i}";
                }
            }
        });
    }

    /// <returns>The side of the block's output.</returns>
    private static int Block(OnnxWriter writer, ResidualBlock block, int index, int side)
    {
        string input = $"b{index}", a = $"b{index}a", b = $"b{index}b";
        Convolution(writer, block.First, input, a);
        writer.Node("Relu", [a], a + "r");
        Convolution(writer, block.Second, a + "r", b);
        var main = block.Second.OutputRows(block.First.OutputRows(side));
        var skip = side;
        var skipName = input;
        if (block.Halves)
        {
            skip = side / 2;
            skipName = $"b{index}s";
            writer.Node("AveragePool", [input], skipName, ("kernel_shape", [2, 2]), ("strides", [2, 2]));
        }

        var larger = Math.Max(main, skip);
        b = Pad(writer, b, 0, larger - main);
        skipName = Pad(writer, skipName, block.Second.Filters - block.First.Channels, larger - skip);
        writer.Node("Add", [b, skipName], $"b{index}sum");
        writer.Node("Relu", [$"b{index}sum"], $"b{index + 1}");
        return larger;
    }

    private static string Pad(OnnxWriter writer, string name, int channels, int side)
    {
        if (channels == 0 && side == 0)
        {
            return name;
        }

        writer.Integers(name + "_pads", 0, 0, 0, 0, 0, channels, side, side);
        writer.Node("Pad", [name, name + "_pads"], name + "_p");
        return name + "_p";
    }

    private static void Convolution(OnnxWriter writer, FoldedConvolution c, string input, string output)
    {
        writer.Weights(output + "_w", c.Weights, c.Filters, c.Channels, c.Rows, c.Columns);
        writer.Weights(output + "_b", c.Biases, c.Filters);
        writer.Node(
            "Conv", [input, output + "_w", output + "_b"], output,
            ("kernel_shape", [c.Rows, c.Columns]),
            ("strides", [c.Stride, c.Stride]),
            ("pads", [c.PaddingY, c.PaddingX, c.PaddingY, c.PaddingX]));
    }
}
