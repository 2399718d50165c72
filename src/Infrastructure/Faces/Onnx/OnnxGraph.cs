using System.Runtime.InteropServices;

namespace FaceId.Infrastructure.Faces.Onnx;

/// <summary>The operators of an ONNX file in the order in which they run, and its constant tensors.</summary>
/// <remarks>
/// Only what our models need of github.com/onnx/onnx/blob/main/onnx/onnx.proto: tensors of float32 and int64, and attributes that are
/// numbers, lists of integers or tensors.
/// </remarks>
internal sealed record OnnxGraph(IReadOnlyList<OnnxNode> Nodes, IReadOnlyDictionary<string, OnnxTensor> Tensors, string Input, string Output)
{
    private const int ModelGraph = 7;
    private const int GraphNode = 1;
    private const int GraphTensor = 5;
    private const int GraphInput = 11;
    private const int GraphOutput = 12;
    private const int NameOfValue = 1;

    /// <exception cref="InvalidDataException">The file is cut off, damaged or no ONNX model.</exception>
    public static OnnxGraph Read(ReadOnlySpan<byte> file)
    {
        OnnxGraph? graph = null;
        for (var model = new ProtobufReader(file); model.Next();)
        {
            if (model.Field == ModelGraph)
            {
                graph = ReadGraph(model.Bytes());
            }
        }

        return graph ?? throw new InvalidDataException("The model file is damaged: there is no graph in it.");
    }

    private static OnnxGraph ReadGraph(ReadOnlySpan<byte> bytes)
    {
        var nodes = new List<OnnxNode>();
        var tensors = new Dictionary<string, OnnxTensor>(StringComparer.Ordinal);
        string input = "", output = "";
        for (var graph = new ProtobufReader(bytes); graph.Next();)
        {
            switch (graph.Field)
            {
                case GraphNode:
                    nodes.Add(OnnxNode.Read(graph.Bytes()));
                    break;
                case GraphTensor:
                    var tensor = OnnxTensor.Read(graph.Bytes());
                    tensors[tensor.Name] = tensor;
                    break;
                case GraphInput:
                    input = ReadName(graph.Bytes());
                    break;
                case GraphOutput:
                    output = ReadName(graph.Bytes());
                    break;
            }
        }

        return new OnnxGraph(nodes, tensors, input, output);
    }

    private static string ReadName(ReadOnlySpan<byte> bytes)
    {
        for (var value = new ProtobufReader(bytes); value.Next();)
        {
            if (value.Field == NameOfValue)
            {
                return value.Text();
            }
        }

        return "";
    }
}

/// <summary>One operator.</summary>
/// <param name="Integers">Its attributes that are integers or lists of them.</param>
internal sealed record OnnxNode(
    string Operator, IReadOnlyList<string> Inputs, IReadOnlyList<string> Outputs,
    IReadOnlyDictionary<string, IReadOnlyList<long>> Integers, IReadOnlyDictionary<string, float> Numbers)
{
    public static OnnxNode Read(ReadOnlySpan<byte> bytes)
    {
        const int input = 1, output = 2, type = 4, attribute = 5;
        List<string> inputs = [], outputs = [];
        var integers = new Dictionary<string, IReadOnlyList<long>>(StringComparer.Ordinal);
        var numbers = new Dictionary<string, float>(StringComparer.Ordinal);
        var name = "";
        for (var node = new ProtobufReader(bytes); node.Next();)
        {
            switch (node.Field)
            {
                case input:
                    inputs.Add(node.Text());
                    break;
                case output:
                    outputs.Add(node.Text());
                    break;
                case type:
                    name = node.Text();
                    break;
                case attribute:
                    ReadAttribute(node.Bytes(), integers, numbers);
                    break;
            }
        }

        return new OnnxNode(name, inputs, outputs, integers, numbers);
    }

    private static void ReadAttribute(
        ReadOnlySpan<byte> bytes, Dictionary<string, IReadOnlyList<long>> integers, Dictionary<string, float> numbers)
    {
        const int nameField = 1, numberField = 2, integerField = 3, integersField = 8;
        var name = "";
        float? number = null;
        var list = new List<long>();
        for (var attribute = new ProtobufReader(bytes); attribute.Next();)
        {
            switch (attribute.Field)
            {
                case nameField:
                    name = attribute.Text();
                    break;
                case numberField:
                    number = attribute.Single();
                    break;
                case integerField:
                case integersField:
                    attribute.AddIntegers(list);
                    break;
            }
        }

        if (number is { } value)
        {
            numbers[name] = value;
        }
        else
        {
            integers[name] = list;
        }
    }
}

/// <summary>Constant numbers, in the order of their dimensions, the last one the fastest.</summary>
/// <param name="Values">Empty for tensors that are not float32; those say only how others are to be shaped.</param>
internal sealed record OnnxTensor(string Name, IReadOnlyList<long> Dimensions, float[] Values)
{
    private const int Float32 = 1;

    public static OnnxTensor Read(ReadOnlySpan<byte> bytes)
    {
        const int dimension = 1, type = 2, floats = 4, nameField = 8, raw = 9;
        var dimensions = new List<long>();
        var name = "";
        var kind = 0L;
        ReadOnlySpan<byte> data = default;
        for (var tensor = new ProtobufReader(bytes); tensor.Next();)
        {
            switch (tensor.Field)
            {
                case dimension:
                    tensor.AddIntegers(dimensions);
                    break;
                case type:
                    kind = tensor.Integer();
                    break;
                case nameField:
                    name = tensor.Text();
                    break;
                case raw:
                case floats:
                    data = tensor.Bytes();
                    break;
            }
        }

        if (kind != Float32)
        {
            return new OnnxTensor(name, dimensions, []);
        }

        var count = dimensions.Aggregate(1L, (product, next) => next is > 0 and < int.MaxValue && product < int.MaxValue ? product * next : -1);
        if (count < 0 || count * sizeof(float) != data.Length)
        {
            throw new InvalidDataException($"The model file is damaged: the tensor '{name}' has {data.Length} bytes for {count} numbers.");
        }

        // Little endian, as are all processors that .NET runs on.
        var values = MemoryMarshal.Cast<byte, float>(data).ToArray();
        return Array.TrueForAll(values, float.IsFinite)
            ? new OnnxTensor(name, dimensions, values)
            : throw new InvalidDataException($"The model file is damaged: the tensor '{name}' holds what is no number.");
    }
}
