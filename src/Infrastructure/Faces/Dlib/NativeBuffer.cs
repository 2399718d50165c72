using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FaceId.Infrastructure.Faces.Dlib;

/// <summary>Memory outside the garbage collector's heap that grows to what is asked for and is kept for the next photo.</summary>
/// <remarks>One thread at a time. The content is not kept when the buffer grows.</remarks>
internal sealed unsafe class NativeBuffer<T> : IDisposable
    where T : unmanaged
{
    /// <summary>A cache line, which is also enough for any vector load.</summary>
    private const int Alignment = 64;

    /// <summary>Kernels may read one vector past the last element.</summary>
    private const int Slack = 64;

    private void* _memory;
    private long _bytes;

    ~NativeBuffer() => Free();

    public long Bytes => _bytes;

    /// <summary>At least that many elements, with whatever they held before.</summary>
    public T* Take(long count)
    {
        var bytes = checked(count * Unsafe.SizeOf<T>()) + Slack;
        if (bytes > _bytes)
        {
            Free();
            _memory = NativeMemory.AlignedAlloc((nuint)bytes, Alignment);
            _bytes = bytes;
            GC.KeepAlive(this);
        }

        return (T*)_memory;
    }

    /// <summary>Gives the memory back when it holds more than <paramref name="limit"/> bytes.</summary>
    public void TrimTo(long limit)
    {
        if (_bytes > limit)
        {
            Free();
        }
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        if (_memory is not null)
        {
            NativeMemory.AlignedFree(_memory);
            _memory = null;
            _bytes = 0;
        }
    }
}
