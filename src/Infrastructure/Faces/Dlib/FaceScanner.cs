namespace FaceId.Infrastructure.Faces.Dlib;

/// <summary>Finds faces with dlib's detector, in dlib's own pyramid, but only as deep as needed.</summary>
/// <remarks>
/// A coarse to fine scan goes through the levels of the pyramid from the smallest to the largest and ends once every face that is at
/// least half as large as the largest one has been seen. What it finds on a level is what dlib finds there, so rectangles do not depend
/// on how a face was found.
/// </remarks>
internal sealed unsafe class FaceScanner(MmodModel model, MmodNetwork network)
{
    /// <summary>The detector finds faces of its window's size and more.</summary>
    public int SmallestFace { get; } = model.Options.WindowWidth;

    /// <summary>Levels up to this longer side are looked at together; one by one they would cost more for their margins.</summary>
    private const int FirstStepSide = 200;

    /// <summary>A face with at least this score ends the scan; weaker ones may be chance.</summary>
    private const double Confident = 0.4;

    /// <summary>Faces down to this part of the largest face's side are found.</summary>
    private const double SmallestShare = 0.5;

    private readonly MmodDecoder _decoder = new(model);

    /// <summary>Scans every level, as dlib does.</summary>
    public List<Detection> ScanAll(PixelView image, PyramidBuilder builder)
    {
        var detections = new List<Detection>();
        Look(image, PyramidLayout.Full(image.Width, image.Height), builder, detections);
        _decoder.Suppress(detections);
        return detections;
    }

    /// <summary>Scans from the smallest level on.</summary>
    /// <param name="scannedLevel">The largest level that was looked at; 0 is the whole image.</param>
    public List<Detection> ScanCoarseToFine(PixelView image, PyramidBuilder builder, CancellationToken cancellationToken, out int scannedLevel)
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
            cancellationToken.ThrowIfCancellationRequested();
            Look(image, full.Part(_decoder.Stride, first, end), builder, detections);
            if (first == 0 || IsEnough(detections, first))
            {
                break;
            }

            end = first;
            first--;
        }

        scannedLevel = first;
        _decoder.Suppress(detections);
        return detections;
    }

    private bool IsEnough(List<Detection> detections, int scannedLevel)
    {
        var largest = 0;
        foreach (var detection in detections)
        {
            if (detection.Score >= Confident)
            {
                largest = Math.Max(largest, detection.Box.Width);
            }
        }

        return largest > 0 && PyramidLayout.WindowInImage(SmallestFace, scannedLevel) <= largest * SmallestShare;
    }

    private void Look(PixelView image, PyramidLayout layout, PyramidBuilder builder, List<Detection> into)
    {
        var plane = builder.Fill(image, model.Means, layout);
        var scores = network.Score(plane, layout.Width, layout.Height, out var rows, out var columns);
        _decoder.Collect(scores, rows, columns, layout, into);
    }
}
