namespace FaceId.Infrastructure.Faces.Dlib;

/// <summary>Finds faces with dlib's detector, in dlib's own pyramid, but only as deep as needed.</summary>
/// <remarks>
/// A coarse to fine scan goes through the levels of the pyramid from the smallest to the largest and ends once every face that is at
/// least a given part of the largest one has been seen. What it finds on a level is what dlib finds there, so rectangles do not depend
/// on how a face was found.
/// </remarks>
internal sealed unsafe class FaceScanner(MmodModel model, MmodNetwork network)
{
    /// <summary>The detector finds faces of its window's size and more.</summary>
    public int SmallestFace { get; } = model.Options.WindowWidth;

    /// <summary>Levels up to this longer side are looked at first, all together.</summary>
    private const int FirstStepSide = 260;

    /// <summary>How many levels deeper the scan goes while nothing was found.</summary>
    private const int Step = 2;

    /// <summary>A face with at least this score ends the scan; weaker ones may be chance.</summary>
    private const double Confident = 0.4;

    private readonly MmodDecoder _decoder = new(model);

    /// <summary>Scans every level, as dlib does.</summary>
    public List<Detection> ScanAll(PixelView image, ScanWorkspace workspace, CancellationToken cancellationToken)
    {
        var detections = new List<Detection>();
        Look(image, PyramidLayout.Full(image.Width, image.Height), workspace, detections, cancellationToken);
        _decoder.Suppress(detections);
        return detections;
    }

    /// <summary>Scans from the smallest level on.</summary>
    /// <param name="smallestShare">Every face that is at least this part of the largest one's side is found.</param>
    /// <param name="scannedLevel">The largest level that was looked at; 0 is the whole image.</param>
    public List<Detection> ScanCoarseToFine(
        PixelView image, double smallestShare, ScanWorkspace workspace, CancellationToken cancellationToken, out int scannedLevel)
    {
        var full = PyramidLayout.Full(image.Width, image.Height);
        var detections = new List<Detection>();
        var end = full.Levels.Count;
        var first = end - 1;
        while (first > 0 && Math.Max(full.Levels[first - 1].Width, full.Levels[first - 1].Height) <= FirstStepSide)
        {
            first--;
        }

        while (true)
        {
            Look(image, full.Part(_decoder.Stride, first, end), workspace, detections, cancellationToken);
            var deepest = DeepestNeeded(detections, smallestShare, first - Step);
            if (deepest >= first || first == 0)
            {
                break;
            }

            end = first;
            first = Math.Max(0, deepest);
        }

        scannedLevel = first;
        _decoder.Suppress(detections);
        return detections;
    }

    /// <summary>The level on which the smallest face that matters would be seen.</summary>
    private int DeepestNeeded(List<Detection> detections, double smallestShare, int whenNothingWasFound)
    {
        var largest = 0;
        foreach (var detection in detections)
        {
            if (detection.Score >= Confident)
            {
                largest = Math.Max(largest, detection.Box.Width);
            }
        }

        return largest == 0 ? whenNothingWasFound : PyramidLayout.LevelOf(SmallestFace, largest * smallestShare);
    }

    private void Look(
        PixelView image, PyramidLayout layout, ScanWorkspace workspace, List<Detection> into, CancellationToken cancellationToken)
    {
        var plane = network.Plane(layout.Height, layout.Width, workspace.Network);
        workspace.Pyramid.Fill(image, model.Means, layout, plane);
        var scores = network.Score(plane, workspace.Network, cancellationToken, out var rows, out var columns);
        _decoder.Collect(scores, rows, columns, layout, into);
    }
}

/// <summary>Memory of one worker for scans.</summary>
internal sealed class ScanWorkspace : IDisposable
{
    public PyramidBuilder Pyramid { get; } = new();

    public MmodWorkspace Network { get; } = new();

    public void Dispose()
    {
        Pyramid.Dispose();
        Network.Dispose();
    }
}
