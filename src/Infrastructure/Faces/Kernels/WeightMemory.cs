using System.Runtime.InteropServices;
using FaceId.Infrastructure.Interop;

namespace FaceId.Infrastructure.Faces.Kernels;

/// <summary>Memory for the numbers that a network keeps as long as it lives.</summary>
/// <remarks>
/// All networks together are larger than a processor's cache, so each run reads them from memory. In pages of 2 MB, which Linux gives to
/// those who ask, that is about one and a half times as fast as in pages of 4 KB.
/// </remarks>
internal sealed unsafe class WeightMemory : IDisposable
{
    private const int HugePage = 2 * 1024 * 1024;
    private const int Chunk = 8 * HugePage;

    /// <summary>A cache line, which is also enough for any vector.</summary>
    private const int Alignment = 64;

    /// <summary>Kernels may read one vector past the last number.</summary>
    private const int Slack = 64;

    private readonly List<nint> _chunks = [];
    private byte* _free;
    private long _left;

    ~WeightMemory() => Free();

    /// <summary>That many zeros.</summary>
    public float* Take(long count)
    {
        var bytes = (checked(count * sizeof(float)) + Slack + Alignment - 1) / Alignment * Alignment;
        if (bytes > _left)
        {
            Grow(bytes);
        }

        var taken = _free;
        NativeMemory.Clear(taken, (nuint)bytes);
        _free += bytes;
        _left -= bytes;
        return (float*)taken;
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Grow(long bytes)
    {
        _left = Math.Max(Chunk, (bytes + HugePage - 1) / HugePage * HugePage);
        _free = (byte*)NativeMemory.AlignedAlloc((nuint)_left, HugePage);
        _chunks.Add((nint)_free);
        if (OperatingSystem.IsLinux())
        {
            // Where it is refused, pages are small.
            _ = Libc.madvise(_free, (nuint)_left, Libc.AdviseHugePages);
        }
    }

    private void Free()
    {
        foreach (var chunk in _chunks)
        {
            NativeMemory.AlignedFree((void*)chunk);
        }

        _chunks.Clear();
        _free = null;
        _left = 0;
    }
}
