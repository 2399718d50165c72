using FaceId.Infrastructure.Faces.Kernels;

namespace FaceId.Infrastructure.Faces.Mobile;

/// <summary>Memory of one worker for a run of a network of this kind.</summary>
internal sealed class MobileWorkspace : IDisposable
{
    /// <summary>A picture and its mirror image.</summary>
    public const int MostPictures = 2;

    private readonly NativeBuffer<float>[] _maps = [new(), new(), new(), new()];
    private readonly NativeBuffer<float>[] _rings = [new(), new()];
    private readonly NativeBuffer<float>[] _strips = [new(), new()];

    public NativeBuffer<float> Pixels { get; } = new();

    public NativeBuffer<Products.Row> Rows { get; } = new();

    public NativeBuffer<float> Last { get; } = new();

    public NativeBuffer<float> Result { get; } = new();

    /// <summary>The map that goes into a block or comes out of it.</summary>
    public NativeBuffer<float> Map(int picture, int parity) => _maps[2 * picture + parity];

    /// <summary>The widened rows of a unit; 0 for the stem.</summary>
    public NativeBuffer<float> Ring(int unit) => _rings[unit];

    /// <summary>What a unit's depthwise convolution has made; 0 for the stem.</summary>
    public NativeBuffer<float> Strip(int unit) => _strips[unit];

    public void Dispose()
    {
        foreach (var buffer in (NativeBuffer<float>[])[.. _maps, .. _rings, .. _strips, Pixels, Last, Result])
        {
            buffer.Dispose();
        }

        Rows.Dispose();
    }
}
