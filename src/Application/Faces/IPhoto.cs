using System.Buffers;
using ErrorOr;

namespace FaceId.Application.Faces;

/// <summary>A photo on its way in. Reading it is part of the attempt, so that one cut off halfway is logged too.</summary>
public interface IPhoto
{
    /// <returns>The file's bytes, to be disposed of by the caller; or ImageUnreadable, ImageTooLarge or ImageFormatUnsupported.</returns>
    Task<ErrorOr<PhotoFile>> ReadAsync(CancellationToken cancellationToken);
}

/// <summary>The bytes of an image file in pooled memory. Disposing gives the memory back, cleared.</summary>
public sealed class PhotoFile(byte[] pooled, int length) : IDisposable
{
    private byte[]? _pooled = pooled;

    public ReadOnlyMemory<byte> Bytes =>
        new(_pooled ?? throw new ObjectDisposedException(nameof(PhotoFile)), 0, length);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _pooled, null) is { } buffer)
        {
            buffer.AsSpan(0, length).Clear();
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
