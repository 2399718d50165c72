using FaceId.Infrastructure.Faces.Onnx;

namespace FaceId.Infrastructure.Faces.Mobile;

/// <summary>Takes the operators of a graph that is a chain one by one and says what was expected when another comes.</summary>
internal sealed class NodeQueue(OnnxGraph graph)
{
    private static readonly string[] Reshaping = ["Shape", "Constant", "Gather", "Unsqueeze", "Concat", "Reshape"];

    private int _next;

    /// <summary>Name of what the last operator taken has put out.</summary>
    public string Current { get; private set; } = graph.Input;

    public bool NextIs(string name) => _next < graph.Nodes.Count && graph.Nodes[_next].Operator == name;

    /// <summary>The next operator, which works on what the last one put out and, for an operator of two maps, on another one.</summary>
    public OnnxNode Next(string name, string? other = null)
    {
        if (!NextIs(name))
        {
            throw Unexpected($"operator {_next} should be {name} but is {(_next < graph.Nodes.Count ? graph.Nodes[_next].Operator : "missing")}");
        }

        var node = graph.Nodes[_next++];
        if (node.Inputs.Count == 0 || node.Outputs.Count != 1 || !node.Inputs.Contains(Current) || (other is not null && !node.Inputs.Contains(other)))
        {
            throw Unexpected($"operator {_next - 1} works on something else");
        }

        Current = node.Outputs[0];
        return node;
    }

    public bool TryNext(string name, string? other = null)
    {
        if (!NextIs(name))
        {
            return false;
        }

        Next(name, other);
        return true;
    }

    /// <summary>The next convolution with the slopes that may follow it.</summary>
    public MobileConvolution NextConvolution()
    {
        var node = Next("Conv");
        var weights = Tensor(node, 1);
        var bias = Tensor(node, 2).Values;
        if (weights.Dimensions is not [var filters, var channels, var side, var columns] || side != columns || bias.Length != filters)
        {
            throw Unexpected($"a convolution of {string.Join('x', weights.Dimensions)} numbers");
        }

        long stride = Same(node, "strides"), padding = Same(node, "pads"), groups = Same(node, "group");
        var depthwise = groups == filters && channels == 1;
        if (!(depthwise || groups == 1) || Same(node, "dilations") != 1)
        {
            throw Unexpected("a convolution of another kind");
        }

        float[]? slopes = null;
        if (NextIs("PRelu"))
        {
            slopes = Tensor(Next("PRelu"), 1).Values;
            if (slopes.Length != filters)
            {
                throw Unexpected($"{slopes.Length} slopes for {filters} filters");
            }
        }

        return new MobileConvolution(
            (int)filters, (int)channels, (int)side, (int)stride, (int)padding, depthwise, weights.Values, bias, slopes);
    }

    /// <summary>The next matrix, inputs x outputs in the file.</summary>
    public DenseLayer NextMatrix()
    {
        var matrix = Tensor(Next("MatMul"), 1);
        if (matrix.Dimensions is not [var inputs, var outputs])
        {
            throw Unexpected($"a matrix of {string.Join('x', matrix.Dimensions)} numbers");
        }

        var weights = new float[matrix.Values.Length];
        for (var i = 0; i < weights.Length; i++)
        {
            weights[i] = matrix.Values[i % inputs * outputs + i / inputs];
        }

        return new DenseLayer((int)inputs, (int)outputs, weights, new float[outputs]);
    }

    /// <summary>What the next batch normalisation multiplies each channel with, and adds.</summary>
    public (double[] Factors, double[] Shifts) NextNormalisation()
    {
        var node = Next("BatchNormalization");
        float[] weight = Tensor(node, 1).Values, bias = Tensor(node, 2).Values, mean = Tensor(node, 3).Values, variance = Tensor(node, 4).Values;
        if (bias.Length != weight.Length || mean.Length != weight.Length || variance.Length != weight.Length)
        {
            throw Unexpected("a normalisation of different lengths");
        }

        double epsilon = node.Numbers.GetValueOrDefault("epsilon", 1e-5f);
        var factors = new double[weight.Length];
        var shifts = new double[weight.Length];
        for (var i = 0; i < factors.Length; i++)
        {
            factors[i] = weight[i] / Math.Sqrt(variance[i] + epsilon);
            shifts[i] = bias[i] - mean[i] * factors[i];
        }

        return (factors, shifts);
    }

    /// <summary>Passes over the operators that make a map of one pixel a plain list of its channels.</summary>
    public void SkipReshaping()
    {
        while (_next < graph.Nodes.Count && Reshaping.Contains(graph.Nodes[_next].Operator))
        {
            Current = graph.Nodes[_next++].Outputs is [var output] ? output : throw Unexpected($"operator {_next - 1} has several outputs");
        }
    }

    public void ExpectEnd()
    {
        if (_next < graph.Nodes.Count || Current != graph.Output)
        {
            throw Unexpected($"{graph.Nodes.Count - _next} operators too many");
        }
    }

    private static InvalidDataException Unexpected(string what) => new($"The network is not the expected one: {what}.");

    private static long Same(OnnxNode node, string attribute) =>
        node.Integers.TryGetValue(attribute, out var values) && values.Count > 0 && values.All(value => value == values[0])
            ? values[0]
            : throw Unexpected($"{node.Operator} with other {attribute}");

    private OnnxTensor Tensor(OnnxNode node, int input) =>
        input < node.Inputs.Count && graph.Tensors.TryGetValue(node.Inputs[input], out var tensor) && tensor.Values.Length > 0
            ? tensor
            : throw Unexpected($"{node.Operator} without its constants");
}
