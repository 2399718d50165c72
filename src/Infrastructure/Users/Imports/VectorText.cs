using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Globalization;
using System.Runtime.InteropServices;
using ErrorOr;
using FaceId.Domain.Faces;

namespace FaceId.Infrastructure.Users.Imports;

/// <summary>
/// The numbers of a face as text: 512 bytes of float32 or 1024 bytes of float64, little-endian, in base64 or hexadecimal digits; or the
/// numbers themselves between spaces, commas or semicolons, in brackets or not.
/// </summary>
internal static class VectorText
{
    private const int SinglesLength = FaceModels.DlibLength * sizeof(float);
    private const int DoublesLength = FaceModels.DlibLength * sizeof(double);

    private static readonly Error NotNumbers = Error.Validation(
        "unreadable_encoding", "The encoding is none of: base64 or hexadecimal digits of 512 or 1024 bytes, 128 numbers.");

    private static readonly SearchValues<byte> Separators = SearchValues.Create(" ,;\t\r\n[]"u8);

    public static ErrorOr<float[]> Parse(ReadOnlySpan<byte> text)
    {
        text = Trim(text);
        if (text.IsEmpty || text.IndexOfAny(Separators) >= 0)
        {
            return ParseNumbers(text);
        }

        Span<byte> bytes = stackalloc byte[DoublesLength];
        if (text.Length is 2 * SinglesLength or 2 * DoublesLength)
        {
            return Convert.FromHexString(text, bytes, out _, out var digits) == OperationStatus.Done ? Read(bytes[..digits]) : NotNumbers;
        }

        if (!Base64.IsValid(text, out var length))
        {
            return NotNumbers;
        }

        if (length > DoublesLength)
        {
            return FaceEncodingErrors.WrongLength(length / sizeof(float));
        }

        Base64.DecodeFromUtf8(text, bytes, out _, out length);
        return Read(bytes[..length]);
    }

    /// <summary>The bytes of a vector of any length, for what only FaceId writes.</summary>
    public static byte[]? Bytes(ReadOnlySpan<byte> text, int length)
    {
        var bytes = new byte[length];
        return Base64.IsValid(text, out var decoded) && decoded == length && Base64.DecodeFromUtf8(text, bytes, out _, out _) == OperationStatus.Done
            ? bytes
            : null;
    }

    public static ErrorOr<float[]> Read(ReadOnlySpan<byte> bytes)
    {
        var numbers = new float[FaceModels.DlibLength];
        switch (bytes.Length)
        {
            case SinglesLength when BitConverter.IsLittleEndian:
                bytes.CopyTo(MemoryMarshal.AsBytes(numbers.AsSpan()));
                return numbers;
            case SinglesLength:
                for (var i = 0; i < numbers.Length; i++)
                {
                    numbers[i] = BinaryPrimitives.ReadSingleLittleEndian(bytes[(i * sizeof(float))..]);
                }

                return numbers;
            case DoublesLength:
                for (var i = 0; i < numbers.Length; i++)
                {
                    numbers[i] = (float)BinaryPrimitives.ReadDoubleLittleEndian(bytes[(i * sizeof(double))..]);
                }

                return numbers;
            default:
                return Error.Validation(
                    FaceEncodingErrors.WrongLength(0).Code,
                    $"The encoding has {bytes.Length} bytes, and dlib's has {SinglesLength} (float32) or {DoublesLength} (float64).");
        }
    }

    private static ErrorOr<float[]> ParseNumbers(ReadOnlySpan<byte> text)
    {
        var numbers = new float[FaceModels.DlibLength];
        var count = 0;
        while (true)
        {
            var begin = text.IndexOfAnyExcept(Separators);
            if (begin < 0)
            {
                break;
            }

            text = text[begin..];
            var end = text.IndexOfAny(Separators);
            var word = end < 0 ? text : text[..end];
            if (!double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
            {
                return NotNumbers;
            }

            if (count < numbers.Length)
            {
                numbers[count] = (float)number;
            }

            count++;
            text = text[word.Length..];
        }

        return count == numbers.Length ? numbers : FaceEncodingErrors.WrongLength(count);
    }

    private static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> text) => text.Trim(" \t\r\n"u8);
}
