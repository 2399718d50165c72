using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace FaceId.Infrastructure.Faces.Dlib;

/// <summary>Reads the primitive types of dlib's portable serialization format from a buffer, front to back.</summary>
/// <remarks>Format: dlib/serialize.h (integers, strings, booleans), dlib/float_details.h (floating point), dlib/cuda/tensor.h (tensors).</remarks>
internal ref struct DlibReader(ReadOnlySpan<byte> data)
{
    private const byte NegativeFlag = 0x80;
    private const byte SizeMask = 0x0F;
    private const int Infinity = 32000;
    private const int NegativeInfinity = 32001;

    private ReadOnlySpan<byte> _rest = data;

    public readonly bool AtEnd => _rest.IsEmpty;

    /// <summary>A control byte (sign, number of bytes), then the magnitude, little endian.</summary>
    public long ReadInteger()
    {
        var control = Take(1)[0];
        var size = control & SizeMask;
        if (size is 0 or > 8)
        {
            throw new InvalidDataException($"The model file is damaged: an integer of {size} bytes.");
        }

        ulong magnitude = 0;
        var bytes = Take(size);
        for (var i = size - 1; i >= 0; i--)
        {
            magnitude = (magnitude << 8) | bytes[i];
        }

        return (control & NegativeFlag) != 0 ? -(long)magnitude : (long)magnitude;
    }

    public int ReadInt32() => checked((int)ReadInteger());

    /// <summary>A count, refused when negative or beyond what the rest of the file could hold.</summary>
    public int ReadCount()
    {
        var count = ReadInteger();
        if (count < 0 || count > _rest.Length)
        {
            throw new InvalidDataException($"The model file is damaged: a list of {count} items.");
        }

        return (int)count;
    }

    /// <summary>Mantissa and exponent as integers; the value is mantissa * 2^exponent.</summary>
    public double ReadDouble()
    {
        var mantissa = ReadInteger();
        var exponent = ReadInt32();
        return exponent switch
        {
            < Infinity => Math.ScaleB(mantissa, exponent),
            Infinity => double.PositiveInfinity,
            NegativeInfinity => double.NegativeInfinity,
            _ => double.NaN,
        };
    }

    public float ReadSingle() => (float)ReadDouble();

    public bool ReadBoolean() => Take(1)[0] switch
    {
        (byte)'1' => true,
        (byte)'0' => false,
        var other => throw new InvalidDataException($"The model file is damaged: {other} where a boolean is due."),
    };

    public byte ReadByte() => Take(1)[0];

    public string ReadString() => Encoding.ASCII.GetString(Take(ReadCount()));

    /// <summary>A tensor: version 2, four dimensions, then raw little-endian floats.</summary>
    public DlibTensor ReadTensor()
    {
        ExpectVersion("tensor", 2, 2);
        var shape = ReadShape();
        var values = new float[shape.Size];
        var raw = Take(checked(values.Length * sizeof(float)));
        if (BitConverter.IsLittleEndian)
        {
            raw.CopyTo(MemoryMarshal.AsBytes(values.AsSpan()));
        }
        else
        {
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = BinaryPrimitives.ReadSingleLittleEndian(raw[(i * sizeof(float))..]);
            }
        }

        return new DlibTensor(shape, values);
    }

    /// <summary>The shape of a part of another tensor: version 1, four dimensions.</summary>
    public DlibShape ReadAlias()
    {
        ExpectVersion("alias_tensor", 1, 1);
        return ReadShape();
    }

    /// <summary>A matrix of floats, row by row; its dimensions are written negated.</summary>
    public float[] ReadMatrix()
    {
        var rows = Math.Abs(ReadInteger());
        var columns = Math.Abs(ReadInteger());
        if (rows * columns > _rest.Length)
        {
            throw new InvalidDataException($"The model file is damaged: a matrix of {rows} x {columns}.");
        }

        var values = new float[rows * columns];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = ReadSingle();
        }

        return values;
    }

    public int ExpectVersion(string what, int lowest, int highest)
    {
        var version = ReadInteger();
        if (version < lowest || version > highest)
        {
            throw new InvalidDataException($"The model file has version {version} of {what}; {lowest} to {highest} can be read.");
        }

        return (int)version;
    }

    private DlibShape ReadShape()
    {
        var shape = new DlibShape(ReadInt32(), ReadInt32(), ReadInt32(), ReadInt32());
        if (shape.Samples < 0 || shape.Channels < 0 || shape.Rows < 0 || shape.Columns < 0)
        {
            throw new InvalidDataException($"The model file is damaged: a tensor of {shape}.");
        }

        return shape;
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _rest.Length)
        {
            throw new InvalidDataException("The model file ends too early.");
        }

        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}

/// <summary>Dimensions of a tensor in dlib's order.</summary>
internal readonly record struct DlibShape(int Samples, int Channels, int Rows, int Columns)
{
    public int Size => checked(Samples * Channels * Rows * Columns);
}

/// <param name="Values">Row-major: samples, channels, rows, columns.</param>
internal sealed record DlibTensor(DlibShape Shape, float[] Values);
