using System.Runtime.InteropServices;
using System.Text;

namespace FaceId.Benchmarks.Onnx;

/// <summary>Writes an ONNX model (onnx.proto, IR version 8, operator set 13) into one buffer.</summary>
/// <remarks>
/// Only what the two networks need. Lengths of nested messages are written as varints padded to five bytes and filled in afterwards,
/// which the format allows, so that 22 MB of weights are copied once.
/// </remarks>
internal sealed class OnnxWriter
{
    private const int PaddedVarint = 5;
    private const int FloatElement = 1;
    private const int IntegerElement = 7;

    private byte[] _buffer;
    private int _length;

    /// <param name="capacity">Expected size in bytes; the buffer grows when that is too little.</param>
    public OnnxWriter(int capacity)
    {
        _buffer = new byte[capacity];
        Integer(1, 8);
        Message(8, () => Integer(2, 13));
    }

    /// <summary>Writes the graph and gives the finished model.</summary>
    public ReadOnlyMemory<byte> Graph(Action content)
    {
        Message(7, () =>
        {
            Text(2, "g");
            content();
        });
        return _buffer.AsMemory(0, _length);
    }

    /// <param name="dimensions">A negative number leaves the dimension open.</param>
    public void Input(string name, params ReadOnlySpan<int> dimensions) => Value(11, name, dimensions);

    public void Output(string name, params ReadOnlySpan<int> dimensions) => Value(12, name, dimensions);

    public void Weights(string name, ReadOnlySpan<float> values, params ReadOnlySpan<int> dimensions)
    {
        var mark = Begin(5);
        foreach (var dimension in dimensions)
        {
            Integer(1, dimension);
        }

        Integer(2, FloatElement);
        Text(8, name);
        Bytes(9, MemoryMarshal.AsBytes(values));
        End(mark);
    }

    public void Integers(string name, params ReadOnlySpan<long> values)
    {
        var mark = Begin(5);
        Integer(1, values.Length);
        Integer(2, IntegerElement);
        Text(8, name);
        Bytes(9, MemoryMarshal.AsBytes(values));
        End(mark);
    }

    /// <summary>A node with one output and attributes that are lists of integers, or one integer where the list is marked single.</summary>
    public void Node(string operation, ReadOnlySpan<string> inputs, string output, params ReadOnlySpan<(string Name, int[] Values)> attributes)
    {
        var mark = Begin(1);
        foreach (var input in inputs)
        {
            Text(1, input);
        }

        Text(2, output);
        Text(4, operation);
        foreach (var (name, values) in attributes)
        {
            var attribute = Begin(5);
            Text(1, name);
            foreach (var value in values)
            {
                Integer(8, value);
            }

            Integer(20, 7);
            End(attribute);
        }

        End(mark);
    }

    private void Value(int field, string name, ReadOnlySpan<int> dimensions)
    {
        var value = Begin(field);
        Text(1, name);
        var type = Begin(2);
        var tensor = Begin(1);
        Integer(1, FloatElement);
        var shape = Begin(2);
        foreach (var dimension in dimensions)
        {
            var mark = Begin(1);
            if (dimension >= 0)
            {
                Integer(1, dimension);
            }

            End(mark);
        }

        End(shape);
        End(tensor);
        End(type);
        End(value);
    }

    private void Message(int field, Action content)
    {
        var mark = Begin(field);
        content();
        End(mark);
    }

    private int Begin(int field)
    {
        Varint((ulong)((field << 3) | 2));
        Reserve(PaddedVarint);
        _length += PaddedVarint;
        return _length;
    }

    private void End(int mark)
    {
        var length = _length - mark;
        for (var i = 0; i < PaddedVarint; i++)
        {
            var more = i < PaddedVarint - 1 ? 0x80 : 0;
            _buffer[mark - PaddedVarint + i] = (byte)((length & 0x7F) | more);
            length >>= 7;
        }
    }

    private void Integer(int field, long value)
    {
        Varint((ulong)(field << 3));
        Varint((ulong)value);
    }

    private void Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    private void Bytes(int field, ReadOnlySpan<byte> value)
    {
        Varint((ulong)((field << 3) | 2));
        Varint((ulong)value.Length);
        Reserve(value.Length);
        value.CopyTo(_buffer.AsSpan(_length));
        _length += value.Length;
    }

    private void Varint(ulong value)
    {
        Reserve(10);
        while (value >= 0x80)
        {
            _buffer[_length++] = (byte)(value | 0x80);
            value >>= 7;
        }

        _buffer[_length++] = (byte)value;
    }

    private void Reserve(int bytes)
    {
        if (_length + bytes > _buffer.Length)
        {
            Array.Resize(ref _buffer, Math.Max(_length + bytes, 2 * _buffer.Length));
        }
    }
}
