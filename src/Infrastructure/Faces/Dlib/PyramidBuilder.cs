using FaceId.Infrastructure.Faces.Kernels;

namespace FaceId.Infrastructure.Faces.Dlib;

/// <summary>Fills a plane with the levels of its layout.</summary>
internal sealed unsafe class PyramidBuilder : IDisposable
{
    private readonly NativeBuffer<PyramidPlane.Column> _columns = new();
    private readonly ComposedReduction _reduction = new();

    /// <summary>Sets every pixel of the plane: levels where the layout has them, zeros elsewhere and in the margin.</summary>
    public void Fill(PixelView image, PixelMeans means, PyramidLayout layout, FeatureMap plane)
    {
        var stride = plane.RowStep;
        plane.ClearMargin();
        new Span<float>(plane.At(0, 0), checked(layout.Height * stride)).Clear();

        var first = layout.Levels[0];
        if (layout.FirstLevel == 0)
        {
            PyramidPlane.Normalise(image, means, plane.At(first.Top, first.Left), stride);
        }
        else
        {
            _reduction.Run(image, means, layout.FirstLevel, plane.At(first.Top, first.Left), stride);
        }

        var columns = _columns.Take(first.Width + first.Height);
        for (var i = 1; i < layout.Levels.Count; i++)
        {
            var (from, to) = (layout.Levels[i - 1], layout.Levels[i]);
            PyramidPlane.Reduce(
                plane.At(from.Top, from.Left), from.Width, from.Height, plane.At(to.Top, to.Left), to.Width, to.Height, stride, columns);
        }
    }

    public void Dispose()
    {
        _columns.Dispose();
        _reduction.Dispose();
    }
}
