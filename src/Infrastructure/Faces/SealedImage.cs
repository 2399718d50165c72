using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using FaceId.Application.Faces;

namespace FaceId.Infrastructure.Faces;

/// <summary>
/// A photo as it lies on the disk: version (1 byte), nonce (12), AES-256-GCM ciphertext, tag (16). Each has a key of its own, and the number
/// of the face it belongs to is authenticated with it.
/// </summary>
internal static class SealedImage
{
    public const int KeyLength = 32;
    public const int Overhead = CipherOffset + TagLength;

    private const byte Version = 1;
    private const int NonceOffset = 1;
    private const int NonceLength = 12;
    private const int CipherOffset = NonceOffset + NonceLength;
    private const int TagLength = 16;

    public static byte[] Seal(ReadOnlySpan<byte> image, ReadOnlySpan<byte> key, int faceId)
    {
        var file = new byte[Overhead + image.Length];
        file[0] = Version;
        var nonce = file.AsSpan(NonceOffset, NonceLength);
        RandomNumberGenerator.Fill(nonce);
        using var cipher = new AesGcm(key, TagLength);
        cipher.Encrypt(nonce, image, file.AsSpan(CipherOffset, image.Length), file.AsSpan(^TagLength..), Owner(stackalloc byte[sizeof(int)], faceId));
        return file;
    }

    /// <returns>Null when it was changed, or is another face's.</returns>
    public static PhotoFile? Open(ReadOnlySpan<byte> file, ReadOnlySpan<byte> key, int faceId)
    {
        if (file is not [Version, ..] || file.Length < Overhead)
        {
            return null;
        }

        var length = file.Length - Overhead;
        var image = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            using var cipher = new AesGcm(key, TagLength);
            cipher.Decrypt(
                file.Slice(NonceOffset, NonceLength), file.Slice(CipherOffset, length), file[^TagLength..], image.AsSpan(0, length),
                Owner(stackalloc byte[sizeof(int)], faceId));
            return new PhotoFile(image, length);
        }
        catch (AuthenticationTagMismatchException)
        {
            ArrayPool<byte>.Shared.Return(image);
            return null;
        }
    }

    private static Span<byte> Owner(Span<byte> bytes, int faceId)
    {
        BinaryPrimitives.WriteInt32BigEndian(bytes, faceId);
        return bytes;
    }
}
