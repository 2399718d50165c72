using FaceId.Infrastructure.Faces.Dlib;
using FaceId.Infrastructure.Faces.Imaging;
using FaceId.Infrastructure.Faces.Kernels;
using FaceId.Infrastructure.Faces.Mobile;

namespace FaceId.Infrastructure.Faces;

/// <summary>All the memory one worker needs for one photo; it is kept for the next one.</summary>
internal sealed unsafe class FaceWorkspace : IDisposable
{
    /// <summary>What a buffer may keep between photos: enough for ordinary ones; what a huge photo took is given back.</summary>
    private const long KeptBytes = 24L * 1024 * 1024;

    private readonly NativeBuffer<byte> _chip = new();

    public PhotoBuffers Photo { get; } = new();

    /// <summary>The photo reduced to the size of the scan.</summary>
    public NativeBuffer<byte> Reduced { get; } = new();

    public NativeBuffer<float> RowSums { get; } = new();

    public ScanWorkspace Scan { get; } = new();

    public ResNetWorkspace Encoder { get; } = new();

    public MobileWorkspace Mobile { get; } = new();

    /// <summary>The picture of a face that is kept.</summary>
    public NativeBuffer<byte> Crop { get; } = new();

    public FaceChip.Scratch ChipScratch { get; } = new();

    public byte* Chip => _chip.Take(FaceChip.Bytes);

    public void Trim()
    {
        Photo.TrimTo(KeptBytes);
        Reduced.TrimTo(KeptBytes);
        Scan.Network.TrimTo(KeptBytes);
        ChipScratch.TrimTo(KeptBytes);
    }

    public void Dispose()
    {
        _chip.Dispose();
        Crop.Dispose();
        Photo.Dispose();
        Reduced.Dispose();
        RowSums.Dispose();
        Scan.Dispose();
        Encoder.Dispose();
        Mobile.Dispose();
        ChipScratch.Dispose();
    }
}
