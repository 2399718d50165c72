using System.Runtime.InteropServices;

namespace FaceId.Infrastructure.Faces.Dlib;

/// <summary>A face as the detector sees it: its rectangle in the image, and how far its score is above the threshold.</summary>
/// <param name="Level">The level of the pyramid on which it was seen.</param>
internal readonly record struct Detection(Rectangle Box, double Score, int Level);

/// <summary>Turns the detector's scores into rectangles.</summary>
/// <remarks>Ported from tensor_to_dets and to_label of loss_mmod_ in dlib/dnn/loss.h.</remarks>
internal sealed class MmodDecoder
{
    private readonly MmodOptions _options;
    private readonly int _stride;
    private readonly int _offset;

    public MmodDecoder(MmodModel model)
    {
        _options = model.Options;
        (_stride, _offset) = (1, 0);
        foreach (var layer in model.Convolutions.Reverse())
        {
            // con_::map_output_to_input, composed from the last layer to the first.
            _offset = _offset * layer.Stride - layer.PaddingX + layer.Columns / 2;
            _stride *= layer.Stride;
        }
    }

    /// <summary>Pixels of the plane between two scores.</summary>
    public int Stride => _stride;

    /// <summary>Adds every place with a score above 0, not yet suppressed.</summary>
    public void Collect(ReadOnlySpan<float> scores, int rows, int columns, PyramidLayout layout, List<Detection> into)
    {
        for (var row = 0; row < rows; row++)
        {
            var line = scores.Slice(row * columns, columns);
            for (var column = line.IndexOfAnyInRange(float.Epsilon, float.PositiveInfinity); column < columns && column >= 0; column++)
            {
                if (line[column] > 0)
                {
                    var centre = new PointD(column * _stride + _offset, row * _stride + _offset);
                    var window = RectangleD.Centred(centre, _options.WindowWidth, _options.WindowHeight);
                    var (box, level) = layout.ToImage(window);
                    into.Add(new Detection(box.Rounded(), line[column], level));
                }
            }
        }
    }

    /// <summary>Keeps the best of all rectangles that overlap, best first.</summary>
    public void Suppress(List<Detection> detections)
    {
        // A stable order also among equal scores, so that the answer is always the same.
        var order = CollectionsMarshal.AsSpan(detections);
        order.Sort(static (a, b) => b.Score != a.Score ? b.Score.CompareTo(a.Score) : Compare(a.Box, b.Box));
        var kept = 0;
        foreach (var candidate in order)
        {
            if (!OverlapsAny(order[..kept], candidate.Box))
            {
                order[kept++] = candidate;
            }
        }

        CollectionsMarshal.SetCount(detections, kept);
    }

    private bool OverlapsAny(ReadOnlySpan<Detection> kept, Rectangle box)
    {
        foreach (var detection in kept)
        {
            if (detection.Box.Overlaps(box, _options.OverlapIou, _options.OverlapCovered))
            {
                return true;
            }
        }

        return false;
    }

    private static int Compare(Rectangle a, Rectangle b) =>
        a.Top != b.Top ? a.Top.CompareTo(b.Top) : a.Left != b.Left ? a.Left.CompareTo(b.Left) : a.Right.CompareTo(b.Right);
}
