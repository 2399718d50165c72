using FaceId.Infrastructure.Faces.Onnx;

namespace FaceId.Infrastructure.Faces.Mobile;

/// <summary>A network of the MobileFaceNet kind: thin maps, widened for a depthwise convolution of 3x3 and made thin again.</summary>
/// <param name="Stem">3x3 with stride 2, the only convolution that sees all channels and their neighbourhood.</param>
/// <param name="Widening">The last 1x1 convolution.</param>
/// <param name="Whole">A depthwise convolution as large as the map, so that one pixel is left.</param>
/// <param name="Head">The last, linear layer.</param>
internal sealed record MobileModel(
    MobileConvolution Stem, MobileConvolution StemDepthwise, IReadOnlyList<MobileBlock> Blocks,
    MobileConvolution Widening, MobileConvolution Whole, DenseLayer Head)
{
    /// <summary>Takes the operators of a file apart into blocks and checks that nothing else is there.</summary>
    /// <exception cref="InvalidDataException">The network is another one.</exception>
    public static MobileModel From(OnnxGraph graph)
    {
        var nodes = new NodeQueue(graph);
        var stem = nodes.NextConvolution();
        var depthwise = nodes.NextConvolution();
        var blocks = new List<MobileBlock>();
        MobileConvolution widening, second;
        while (true)
        {
            var start = nodes.Current;
            widening = nodes.NextConvolution();
            second = nodes.NextConvolution();
            if (second.Padding == 0)
            {
                break;
            }

            blocks.Add(NextBlock(nodes, start, widening, second));
        }

        var head = NextHead(nodes);
        nodes.ExpectEnd();
        var model = new MobileModel(stem, depthwise, blocks, widening, second, head);
        model.Check();
        return model;
    }

    private static MobileBlock NextBlock(NodeQueue nodes, string start, MobileConvolution expansion, MobileConvolution depthwise)
    {
        var projection = nodes.NextConvolution();
        var projected = nodes.Current;
        SqueezeGate? gate = null;
        if (nodes.TryNext("GlobalAveragePool"))
        {
            var squeeze = nodes.NextConvolution();
            nodes.Next("Relu");
            var excitation = nodes.NextConvolution();
            nodes.Next("Sigmoid");
            nodes.Next("Mul", projected);
            gate = new SqueezeGate(squeeze, excitation);
        }

        return new MobileBlock(expansion, depthwise, projection, gate, nodes.TryNext("Add", start));
    }

    /// <summary>A 1x1 convolution, or two matrices with a normalisation between them, which together are one matrix.</summary>
    private static DenseLayer NextHead(NodeQueue nodes)
    {
        if (nodes.NextIs("Conv"))
        {
            var head = nodes.NextConvolution();
            nodes.Next("Reshape");
            return head is { IsPointwise: true, Slopes: null }
                ? new DenseLayer(head.Channels, head.Filters, head.Weights, head.Bias)
                : throw new InvalidDataException("The network is not the expected one: it does not end in a linear layer.");
        }

        nodes.SkipReshaping();
        return nodes.NextMatrix().Normalised(nodes.NextNormalisation()).Then(nodes.NextMatrix());
    }

    /// <summary>Whether the layers fit together.</summary>
    private void Check()
    {
        var fits = Stem is { Depthwise: false, Side: 3, Stride: 2, Padding: 1, Channels: 3, Slopes: not null }
            && StemDepthwise is { Depthwise: true, Side: 3, Stride: 1, Padding: 1, Slopes: not null }
            && StemDepthwise.Filters == Stem.Filters && Blocks.Count > 0;
        var channels = Stem.Filters;
        foreach (var block in Blocks)
        {
            var (expansion, depthwise, projection) = (block.Expansion, block.Depthwise, block.Projection);
            fits &= expansion is { IsPointwise: true, Slopes: not null } && expansion.Channels == channels
                && depthwise is { Depthwise: true, Side: 3, Stride: 1 or 2, Padding: 1, Slopes: not null } && depthwise.Filters == expansion.Filters
                && projection is { IsPointwise: true, Slopes: null } && projection.Channels == depthwise.Filters
                && !(block.Residual && (depthwise.Stride != 1 || projection.Filters != channels))
                && (block.Gate is not { } gate
                    || (gate is { Squeeze: { IsPointwise: true, Slopes: null }, Excitation: { IsPointwise: true, Slopes: null } }
                        && gate.Squeeze.Channels == projection.Filters && gate.Excitation.Channels == gate.Squeeze.Filters
                        && gate.Excitation.Filters == projection.Filters));
            channels = projection.Filters;
        }

        fits &= Widening is { IsPointwise: true, Slopes: not null } && Widening.Channels == channels
            && Whole is { Depthwise: true, Stride: 1, Slopes: null } && Whole.Filters == Widening.Filters && Head.Inputs == Whole.Filters;
        if (!fits)
        {
            throw new InvalidDataException("The network is not the expected one: its layers do not fit together.");
        }
    }
}

/// <param name="Residual">Whether the block's input is added to its output.</param>
internal sealed record MobileBlock(
    MobileConvolution Expansion, MobileConvolution Depthwise, MobileConvolution Projection, SqueezeGate? Gate, bool Residual);

/// <summary>Weighs each channel by what the whole map holds: mean, two small layers, a sigmoid.</summary>
internal sealed record SqueezeGate(MobileConvolution Squeeze, MobileConvolution Excitation);

/// <param name="Weights">Filters x channels (one, if depthwise) x side x side.</param>
/// <param name="Slopes">What negative results are multiplied with, for each filter; null where results stay as they are.</param>
internal sealed record MobileConvolution(
    int Filters, int Channels, int Side, int Stride, int Padding, bool Depthwise, float[] Weights, float[] Bias, float[]? Slopes)
{
    /// <summary>Whether it makes each pixel of that pixel alone.</summary>
    public bool IsPointwise => this is { Depthwise: false, Side: 1, Stride: 1, Padding: 0 };
}

/// <param name="Weights">Outputs x inputs.</param>
internal sealed record DenseLayer(int Inputs, int Outputs, float[] Weights, float[] Bias)
{
    /// <summary>This layer, and then another one.</summary>
    public DenseLayer Then(DenseLayer next)
    {
        if (next.Inputs != Outputs)
        {
            throw new InvalidDataException("The network is not the expected one: its last layers do not fit together.");
        }

        var weights = new float[next.Outputs * Inputs];
        var bias = new float[next.Outputs];
        for (var output = 0; output < next.Outputs; output++)
        {
            double constant = next.Bias[output];
            for (var middle = 0; middle < Outputs; middle++)
            {
                constant += (double)next.Weights[output * Outputs + middle] * Bias[middle];
            }

            bias[output] = (float)constant;
            for (var input = 0; input < Inputs; input++)
            {
                var sum = 0.0;
                for (var middle = 0; middle < Outputs; middle++)
                {
                    sum += (double)next.Weights[output * Outputs + middle] * Weights[middle * Inputs + input];
                }

                weights[output * Inputs + input] = (float)sum;
            }
        }

        return new DenseLayer(Inputs, next.Outputs, weights, bias);
    }

    /// <summary>This layer with each output multiplied and shifted.</summary>
    public DenseLayer Normalised((double[] Factors, double[] Shifts) by)
    {
        if (by.Factors.Length != Outputs)
        {
            throw new InvalidDataException("The network is not the expected one: its normalisation does not fit.");
        }

        var weights = new float[Weights.Length];
        for (var i = 0; i < weights.Length; i++)
        {
            weights[i] = (float)(Weights[i] * by.Factors[i / Inputs]);
        }

        return new DenseLayer(Inputs, Outputs, weights, [.. Bias.Select((bias, i) => (float)(bias * by.Factors[i] + by.Shifts[i]))]);
    }
}
