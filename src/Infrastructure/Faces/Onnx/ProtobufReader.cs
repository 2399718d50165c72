using System.Buffers.Binary;
using System.Text;

namespace FaceId.Infrastructure.Faces.Onnx;

/// <summary>Reads a message of Protocol Buffers' wire format field by field, front to back.</summary>
/// <remarks>protobuf.dev/programming-guides/encoding. Groups, which nobody writes any more, are refused.</remarks>
internal ref struct ProtobufReader(ReadOnlySpan<byte> message)
{
    private const int MostVarintBytes = 10;

    private ReadOnlySpan<byte> _rest = message;
    private Wire _wire;
    private ulong _number;
    private ReadOnlySpan<byte> _bytes;

    private enum Wire
    {
        Varint = 0,
        EightBytes = 1,
        Length = 2,
        FourBytes = 5,
    }

    /// <summary>The number of the current field.</summary>
    public int Field { get; private set; }

    /// <summary>Goes to the next field; false at the end.</summary>
    /// <exception cref="InvalidDataException">The message is cut off or no message at all.</exception>
    public bool Next()
    {
        if (_rest.IsEmpty)
        {
            return false;
        }

        var key = Varint(ref _rest);
        Field = key >> 3 is > 0 and <= int.MaxValue ? (int)(key >> 3) : throw Damaged("a field without a number");
        _wire = (Wire)(key & 7);
        switch (_wire)
        {
            case Wire.Varint:
                _number = Varint(ref _rest);
                break;
            case Wire.EightBytes:
                _bytes = Take(sizeof(ulong));
                break;
            case Wire.FourBytes:
                _bytes = Take(sizeof(uint));
                break;
            case Wire.Length:
                var length = Varint(ref _rest);
                _bytes = Take(length <= (ulong)_rest.Length ? (int)length : throw Damaged("a field that is longer than the file"));
                break;
            default:
                throw Damaged($"a field of kind {(int)_wire}");
        }

        return true;
    }

    /// <summary>The current field as a message, a string or packed numbers.</summary>
    public readonly ReadOnlySpan<byte> Bytes() => _wire == Wire.Length ? _bytes : throw Damaged($"field {Field} is no list of bytes");

    public readonly string Text() => Encoding.UTF8.GetString(Bytes());

    public readonly long Integer() => _wire == Wire.Varint ? (long)_number : throw Damaged($"field {Field} is no integer");

    public readonly float Single() =>
        _wire == Wire.FourBytes ? BinaryPrimitives.ReadSingleLittleEndian(_bytes) : throw Damaged($"field {Field} is no number");

    /// <summary>Adds the current field to a list of integers, whether it holds one of them or many.</summary>
    public readonly void AddIntegers(List<long> list)
    {
        if (_wire != Wire.Length)
        {
            list.Add(Integer());
            return;
        }

        for (var rest = _bytes; !rest.IsEmpty;)
        {
            list.Add((long)Varint(ref rest));
        }
    }

    private static ulong Varint(ref ReadOnlySpan<byte> rest)
    {
        ulong value = 0;
        for (var i = 0; i < rest.Length && i < MostVarintBytes; i++)
        {
            value |= (ulong)(rest[i] & 0x7F) << (7 * i);
            if (rest[i] < 0x80)
            {
                rest = rest[(i + 1)..];
                return value;
            }
        }

        throw Damaged("an integer without an end");
    }

    private static InvalidDataException Damaged(string what) => new($"The model file is damaged: {what}.");

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _rest.Length)
        {
            throw Damaged("it ends too early");
        }

        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
